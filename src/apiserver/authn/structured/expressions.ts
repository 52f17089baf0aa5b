import {
  type CelType,
  type CelValue,
  type CompiledCel,
  celTypes,
  celValueOf,
  compileRule,
  jsonMapValue,
  lazyObject,
  listType,
  mapType,
  plainObjectType,
} from '#cel'
import type { UserInfo } from '#machinery'

const { string, bool, dyn } = celTypes

const claims: CelType = mapType(string, dyn)

const userType = plainObjectType('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: listType(string),
  extra: mapType(string, listType(string)),
})

/** An expression that can be evaluated, or what is wrong with it. */
export type ReadExpression = CompiledCel | { readonly error: string }

/** An expression over the claims of a token; a rule has to give a bool, others give anything. */
export function readClaimsExpression(source: string, isRule = false): ReadExpression {
  return compileRule(source, { variables: { claims }, ...(isRule && { returns: bool }) })
}

/** A rule over the user that claims were made into. */
export function readUserRule(source: string): ReadExpression {
  return compileRule(source, { variables: { user: userType }, returns: bool })
}

type Claims = Readonly<Record<string, unknown>>

/** The variable of expressions over claims. */
export function claimsValues(given: Claims): Readonly<Record<string, CelValue>> {
  return { claims: jsonMapValue(given) }
}

/** The variable of rules over a user. */
export function userValues({ name, uid, groups, extra }: UserInfo) {
  const texts = (list: readonly string[]) => celValueOf(listType(string), list)
  const user = lazyObject(userType, {
    username: () => name,
    uid: () => uid ?? '',
    groups: () => texts(groups),
    extra: () => jsonMapValue(extra ?? {}),
  })
  return { user }
}

/** The value of an expression. @throws Error with upstream's words. */
export function evaluated(
  expression: CompiledCel,
  values: Readonly<Record<string, CelValue>>,
): CelValue {
  const outcome = expression.evaluate(values)
  if (!('error' in outcome)) return outcome.value
  throw new Error(`expression '${expression.source}' resulted in error: ${outcome.error}`)
}
