import type { CompiledCel } from '#cel'
import {
  duplicateField,
  type FieldError,
  type FieldPath,
  invalidField,
  requiredField,
  validateDomainPrefixedPath,
} from '#machinery/validation'
import type { ClaimMappings, PrefixedClaim } from './configuration.ts'
import { readClaimsExpression } from './expressions.ts'

/** The expressions by which claims become a user; those are absent that claims stand for as they are. */
export interface CompiledMappings {
  readonly username: CompiledCel | undefined
  readonly groups: CompiledCel | undefined
  readonly uid: CompiledCel | undefined
  readonly extra: readonly { readonly key: string; readonly expression: CompiledCel }[]
}

interface Errors {
  readonly errors: readonly FieldError[]
}

/** Reads the expressions of mappings and looks for faults (upstream: `validateClaimMappings`). */
export function validateMappings(
  mappings: ClaimMappings,
  path: FieldPath,
  isEmailVerifiedByRules: boolean,
): CompiledMappings & Errors {
  const errors: FieldError[] = []
  const { username = {}, groups = {}, uid = {} } = mappings
  const compiled = {
    username: validatePrefixed(username, path.child('username'), { isRequired: true, errors }),
    groups: validatePrefixed(groups, path.child('groups'), { isRequired: false, errors }),
    uid: validateUid(uid, path.child('uid'), errors),
    extra: validateExtra(mappings.extra ?? [], path.child('extra'), errors),
  }
  const usesEmail = compiled.username?.selects('claims', 'email')
  const verifying = [compiled.username, ...compiled.extra.map(({ expression }) => expression)]
  const isVerified =
    isEmailVerifiedByRules || verifying.some((each) => each?.selects('claims', 'email_verified'))
  if (usesEmail && !isVerified) {
    const places =
      'claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression'
    const detail = `claims.email_verified must be used in ${places} when claims.email is used in claimMappings.username.expression`
    errors.push(invalidField(path.child('username', 'expression'), username.expression, detail))
  }
  return { ...compiled, errors }
}

interface Requirement {
  readonly isRequired: boolean
  readonly errors: FieldError[]
}

function validatePrefixed(
  { claim = '', prefix, expression = '' }: PrefixedClaim,
  path: FieldPath,
  { isRequired, errors }: Requirement,
): CompiledCel | undefined {
  if (claim !== '' && expression !== '') {
    errors.push(invalidField(path, '', "claim and expression can't both be set"))
  } else if (expression !== '') {
    const detail = 'may not be specified when expression is set'
    if (prefix !== undefined) errors.push(invalidField(path.child('prefix'), prefix, detail))
    return validExpression(expression, path.child('expression'), errors)
  } else if (claim !== '' && prefix === undefined) {
    const detail =
      'prefix is required when claim is set. It can be set to an empty string to disable prefixing'
    errors.push(requiredField(path.child('prefix'), detail))
  } else if (claim === '' && isRequired) {
    errors.push(requiredField(path, 'claim or expression is required'))
  }
  return undefined
}

function validateUid(
  { claim = '', expression = '' }: PrefixedClaim,
  path: FieldPath,
  errors: FieldError[],
): CompiledCel | undefined {
  if (claim !== '' && expression !== '') {
    errors.push(invalidField(path, '', "claim and expression can't both be set"))
    return undefined
  }
  if (expression === '') return undefined
  return validExpression(expression, path.child('expression'), errors)
}

function validateExtra(
  extra: NonNullable<ClaimMappings['extra']>,
  root: FieldPath,
  errors: FieldError[],
): CompiledMappings['extra'] {
  const seen = new Set<string>()
  return extra.flatMap(({ key = '', valueExpression = '' }, i) => {
    const path = root.index(i)
    errors.push(...validateKey(key, path.child('key')))
    if (seen.has(key)) {
      errors.push(duplicateField(path.child('key'), key))
      return []
    }
    seen.add(key)
    const at = path.child('valueExpression')
    if (valueExpression === '') {
      errors.push(requiredField(at))
      return []
    }
    const expression = validExpression(valueExpression, at, errors)
    return expression ? [{ key, expression }] : []
  })
}

function validateKey(key: string, path: FieldPath): readonly FieldError[] {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : ''
  const isReserved = ['kubernetes.io', 'k8s.io'].some(
    (each) => domain === each || domain.endsWith(`.${each}`),
  )
  const reserved = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'
  return [
    ...validateDomainPrefixedPath(key, path),
    ...(key === key.toLowerCase() ? [] : [invalidField(path, key, 'must be lowercase')]),
    ...(isReserved ? [invalidField(path, key, reserved)] : []),
  ]
}

function validExpression(
  source: string,
  path: FieldPath,
  errors: FieldError[],
): CompiledCel | undefined {
  const read = readClaimsExpression(source)
  if (!('error' in read)) return read
  errors.push(invalidField(path, source, read.error))
  return undefined
}
