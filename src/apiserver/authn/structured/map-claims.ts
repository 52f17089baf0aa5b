import { CelList, type CelValue } from '#cel'
import type { UserInfo } from '#machinery'
import type { PrefixedClaim } from './configuration.ts'
import { claimsValues, evaluated, userValues } from './expressions.ts'
import type { CompiledJwt, CompiledRule } from './validate.ts'

type Claims = Readonly<Record<string, unknown>>
type Values = Readonly<Record<string, CelValue>>

/** The user that the claims of a token stand for. @throws Error with upstream's words where they stand for none */
export function userOfClaims(jwt: CompiledJwt, claims: Claims): UserInfo {
  const values = claimsValues(claims)
  const name = usernameOf(jwt, claims, values)
  const groups = groupsOf(jwt, claims, values)
  const uid = uidOf(jwt, claims, values)
  const extra = extraOf(jwt, claims, values)
  const user: UserInfo = {
    name,
    groups,
    ...(uid && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
  requireClaims(jwt, claims)
  requireRules(jwt.claimRules, values, 'error evaluating claim validation expression')
  requireRules(jwt.userRules, userValues(user), 'error evaluating user info validation rule')
  return user
}

function usernameOf(
  { configuration, mappings }: CompiledJwt,
  claims: Claims,
  values: Values,
): string {
  const failed = 'error evaluating username claim expression'
  if (mappings.username) {
    const { username } = mappings
    const name = within(failed, () => evaluated(username, values))
    if (typeof name !== 'string') {
      throw new Error(`oidc: ${failed}: username claim expression must return a string`)
    }
    if (name === '') throw new Error('oidc: empty username via CEL expression is not allowed')
    return name
  }
  const { claim = '', prefix = '' }: PrefixedClaim = configuration.claimMappings?.username ?? {}
  const name = within(`parse username claims ${JSON.stringify(claim)}`, () =>
    textClaim(claims, claim),
  )
  if (claim === 'email' && Object.hasOwn(claims, 'email_verified')) {
    if (typeof claims.email_verified !== 'boolean') {
      throw new Error(
        `oidc: parse 'email_verified' claim: json: cannot unmarshal ${jsonType(claims.email_verified)} into Go value of type bool`,
      )
    }
    if (!claims.email_verified) throw new Error('oidc: email not verified')
  }
  return `${prefix}${name}`
}

function groupsOf(
  { configuration, mappings }: CompiledJwt,
  claims: Claims,
  values: Values,
): readonly string[] {
  const { claim = '', prefix = '' }: PrefixedClaim = configuration.claimMappings?.groups ?? {}
  if (claim !== '' && Object.hasOwn(claims, claim)) {
    const given = claims[claim]
    const list: readonly unknown[] = Array.isArray(given) ? given : [given]
    return list.map((group) => {
      if (typeof group === 'string') return `${prefix}${group}`
      const what = `json: cannot unmarshal ${jsonType(given)} into Go value of type string`
      throw new Error(`oidc: parse groups claim ${JSON.stringify(claim)}: ${what}`)
    })
  }
  const expression = mappings.groups
  if (!expression) return []
  return within('error evaluating group claim expression', () =>
    textsOf(evaluated(expression, values)),
  )
}

function uidOf({ configuration, mappings }: CompiledJwt, claims: Claims, values: Values): string {
  const { claim = '' } = configuration.claimMappings?.uid ?? {}
  if (claim !== '') {
    return within(`parse uid claim ${JSON.stringify(claim)}`, () => textClaim(claims, claim))
  }
  const expression = mappings.uid
  if (!expression) return ''
  const failed = 'error evaluating uid claim expression'
  const uid = within(failed, () => evaluated(expression, values))
  if (typeof uid === 'string') return uid
  throw new Error(`oidc: ${failed}: uid claim expression must return a string`)
}

function extraOf(
  { mappings }: CompiledJwt,
  claims: Claims,
  values: Values,
): Readonly<Record<string, readonly string[]>> {
  const id = claims.jti
  const credential =
    typeof id === 'string' && id !== ''
      ? { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] }
      : {}
  const own = mappings.extra.flatMap(({ key, expression }) => {
    const value = evaluated(expression, values)
    const texts = within(`error evaluating extra claim expression: ${expression.source}`, () =>
      textsOf(value),
    )
    return texts.length > 0 ? [[key, texts] as const] : []
  })
  return { ...credential, ...Object.fromEntries(own) }
}

/** A text or a list of texts, without empty ones (upstream: `convertCELValueToStringList`). */
function textsOf(value: CelValue): readonly string[] {
  const items = value instanceof CelList ? value.items : value === null ? [] : [value]
  return items.flatMap((item) => {
    if (typeof item === 'string') return item === '' ? [] : [item]
    throw new Error('expression must return a string or a list of strings')
  })
}

function requireClaims({ configuration }: CompiledJwt, claims: Claims): void {
  for (const { claim = '', requiredValue = '' } of configuration.claimValidationRules ?? []) {
    if (claim === '') continue
    if (!Object.hasOwn(claims, claim)) {
      throw new Error(`oidc: required claim ${claim} not present in ID token`)
    }
    const value = within(`parse claim ${claim}`, () => textClaim(claims, claim))
    if (value === requiredValue) continue
    throw new Error(
      `oidc: required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`,
    )
  }
}

function requireRules(rules: readonly CompiledRule[], values: Values, failed: string): void {
  within(failed, () => {
    for (const { expression, message } of rules) {
      if (evaluated(expression, values) === true) continue
      throw new Error(`validation expression '${expression.source}' failed: ${message}`)
    }
  })
}

function textClaim(claims: Claims, claim: string): string {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined
  if (value === undefined) throw new Error('claim not present')
  if (typeof value === 'string') return value
  if (value === null) return ''
  throw new Error(`json: cannot unmarshal ${jsonType(value)} into Go value of type string`)
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function within<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`oidc: ${what}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}
