import type { CompiledCel } from '#cel'
import {
  duplicateField,
  type FieldError,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  tooManyField,
} from '#machinery/validation'
import type {
  AuthenticationConfiguration,
  ClaimRule,
  JwtConfiguration,
  UserRule,
} from './configuration.ts'
import { type ReadExpression, readClaimsExpression, readUserRule } from './expressions.ts'
import { validateIssuer } from './validate-issuer.ts'
import { type CompiledMappings, validateMappings } from './validate-mappings.ts'

/** An issuer of tokens with its expressions ready to be evaluated. */
export interface CompiledJwt {
  readonly configuration: JwtConfiguration
  readonly mappings: CompiledMappings
  readonly claimRules: readonly CompiledRule[]
  readonly userRules: readonly CompiledRule[]
}

/** A rule with what is said where it does not hold. */
export interface CompiledRule {
  readonly expression: CompiledCel
  readonly message: string
}

/** What a configuration comes to, where nothing is wrong with it. */
export interface CompiledAuthentication {
  readonly jwt: readonly CompiledJwt[]
  readonly errors: readonly FieldError[]
}

const maxIssuers = 64

/** Reads the expressions of a configuration and looks for faults (upstream: `ValidateAuthenticationConfiguration`). */
export function compileAuthentication(
  { jwt = [], anonymous }: AuthenticationConfiguration,
  disallowedIssuers: readonly string[],
): CompiledAuthentication {
  const root = fieldPath('jwt')
  if (jwt.length > maxIssuers) {
    return { jwt: [], errors: [tooManyField(root, jwt.length, maxIssuers)] }
  }
  const errors: FieldError[] = []
  const compiled = jwt.map((each, i) => {
    const path = root.index(i)
    const one = compileJwt(each, path, { disallowedIssuers, errors })
    for (const name of ['url', 'discoveryURL'] as const) {
      const url = each.issuer?.[name]
      const isSeen = jwt.slice(0, i).some(({ issuer }) => issuer?.[name] === url)
      if (url && isSeen) errors.push(duplicateField(path.child('issuer', name), url))
    }
    return one
  })
  const { enabled = false, conditions = [] } = anonymous ?? {}
  if (!enabled && conditions.length > 0) {
    const detail = 'enabled should be set to true when conditions are defined'
    errors.push(invalidField(fieldPath('anonymous', 'conditions'), conditions, detail))
  }
  return { jwt: compiled, errors }
}

interface Validating {
  readonly disallowedIssuers: readonly string[]
  readonly errors: FieldError[]
}

function compileJwt(
  configuration: JwtConfiguration,
  path: FieldPath,
  { disallowedIssuers, errors }: Validating,
): CompiledJwt {
  const { issuer = {}, claimValidationRules = [], userValidationRules = [] } = configuration
  errors.push(...validateIssuer(issuer, path.child('issuer'), disallowedIssuers))
  const claimRules = compileClaimRules(
    claimValidationRules,
    path.child('claimValidationRules'),
    errors,
  )
  const mappings = validateMappings(
    configuration.claimMappings ?? {},
    path.child('claimMappings'),
    claimRules.some(({ expression }) => expression.selects('claims', 'email_verified')),
  )
  errors.push(...mappings.errors)
  const rulesPath = path.child('userValidationRules')
  const userRules = compileUserRules(userValidationRules, rulesPath, errors)
  return { configuration, mappings, claimRules, userRules }
}

function compileClaimRules(
  rules: readonly ClaimRule[],
  root: FieldPath,
  errors: FieldError[],
): readonly CompiledRule[] {
  const seen = { claims: new Set<string>(), expressions: new Set<string>() }
  return rules.flatMap((rule, i) => {
    const path = root.index(i)
    const { claim = '', expression = '', message = '' } = rule
    if (claim !== '' || expression === '') {
      errors.push(...claimFaults(rule, path, seen.claims))
      return []
    }
    const { requiredValue = '' } = rule
    if (requiredValue !== '') {
      const detail = 'may not be specified when expression is set'
      errors.push(invalidField(path.child('requiredValue'), requiredValue, detail))
    }
    const at = path.child('expression')
    if (seen.expressions.has(expression)) {
      errors.push(duplicateField(at, expression))
      return []
    }
    seen.expressions.add(expression)
    const read = accepted(readClaimsExpression(expression, true), expression, { at, errors })
    return read ? [{ expression: read, message }] : []
  })
}

/** What is wrong with a rule that is no expression alone. */
function claimFaults(
  { claim = '', expression = '', message = '' }: ClaimRule,
  path: FieldPath,
  seen: Set<string>,
): readonly FieldError[] {
  if (claim === '') return [requiredField(path, 'claim or expression is required')]
  if (expression !== '') {
    return [invalidField(path, claim, "claim and expression can't both be set")]
  }
  const detail = 'may not be specified when claim is set'
  const isSeen = seen.has(claim)
  seen.add(claim)
  return [
    ...(message === '' ? [] : [invalidField(path.child('message'), message, detail)]),
    ...(isSeen ? [duplicateField(path.child('claim'), claim)] : []),
  ]
}

function compileUserRules(
  rules: readonly UserRule[],
  root: FieldPath,
  errors: FieldError[],
): readonly CompiledRule[] {
  const seen = new Set<string>()
  return rules.flatMap(({ expression = '', message = '' }, i) => {
    const at = root.index(i).child('expression')
    if (expression === '' || seen.has(expression)) {
      errors.push(expression === '' ? requiredField(at) : duplicateField(at, expression))
      return []
    }
    seen.add(expression)
    const read = accepted(readUserRule(expression), expression, { at, errors })
    return read ? [{ expression: read, message }] : []
  })
}

/** The expression where it could be read, else an error of its field. */
function accepted(
  read: ReadExpression,
  source: string,
  { at, errors }: { readonly at: FieldPath; readonly errors: FieldError[] },
): CompiledCel | undefined {
  if (!('error' in read)) return read
  errors.push(invalidField(at, source, read.error))
  return undefined
}

/** What may not change while a server runs (upstream says so of a file that is read again). */
export function anonymousChanged(
  before: AuthenticationConfiguration,
  after: AuthenticationConfiguration,
): readonly FieldError[] {
  const isSame = JSON.stringify(before.anonymous) === JSON.stringify(after.anonymous)
  const detail = 'changed from initial configuration file'
  return isSame ? [] : [forbiddenField(fieldPath('anonymous'), detail)]
}
