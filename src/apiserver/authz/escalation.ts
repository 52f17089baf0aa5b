import type { PolicyRule } from '#api'
import { goList, goQuote, type UserInfo } from '#machinery'
import { pathMatches, resourceMatches } from './policy-rule.ts'

/**
 * Why a user may not give these rules to others: the rules it does not hold itself. Undefined when
 * it holds them all (upstream: `ConfirmNoEscalation`).
 */
export function escalationOf(
  user: UserInfo,
  held: readonly PolicyRule[],
  granted: readonly PolicyRule[],
): string | undefined {
  const missing = granted.flatMap(singleRules).filter((single) => !isCovered(single, held))
  if (missing.length === 0) return undefined
  const texts = [...new Set(compact(missing).map(describe))].sort()
  const who = `user ${goQuote(user.name)} (groups=${quotedList(user.groups)})`
  return `${who} is attempting to grant RBAC permissions not currently held:\n${texts.join('\n')}`
}

/** The rule as many that each speak of one verb, group, resource and name, or one verb and path. */
function singleRules(rule: PolicyRule): readonly PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => {
        const single = { verbs: [verb], apiGroups: [group], resources: [resource] }
        if (resourceNames.length === 0) return [single]
        return resourceNames.map((name) => ({ ...single, resourceNames: [name] }))
      }),
    ),
  )
  const ofPaths = nonResourceURLs.flatMap((path) =>
    verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [path] })),
  )
  return [...ofResources, ...ofPaths]
}

function isCovered(single: PolicyRule, held: readonly PolicyRule[]): boolean {
  return held.some((rule) => {
    if (!isSubset(single.verbs, rule.verbs)) return false
    const [path] = single.nonResourceURLs ?? []
    if (path !== undefined) return pathMatches(rule.nonResourceURLs, path)
    const [resource = '', subresource = ''] = (single.resources?.[0] ?? '').split('/')
    return (
      isSubset(single.apiGroups, rule.apiGroups) &&
      resourceMatches(rule.resources, resource, subresource) &&
      isNamed(single.resourceNames, rule.resourceNames)
    )
  })
}

function isSubset(parts: readonly string[] = [], whole: readonly string[] = []): boolean {
  return whole.includes('*') || parts.every((part) => whole.includes(part))
}

function isNamed(names: readonly string[] = [], held: readonly string[] = []): boolean {
  if (held.length === 0) return true
  return names.length > 0 && names.every((name) => held.includes(name))
}

/** Rules that differ only in the verb as one. */
function compact(singles: readonly PolicyRule[]): readonly PolicyRule[] {
  const byTarget = Map.groupBy(singles, ({ verbs: _, ...target }) => JSON.stringify(target))
  return [...byTarget.values()].map((rules) => ({
    ...rules[0],
    verbs: [...new Set(rules.flatMap(({ verbs }) => verbs))],
  }))
}

/** `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`. */
function describe(rule: PolicyRule): string {
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ]
  const texts = parts.flatMap(([name, list]) => (list?.length ? `${name}:${quotedList(list)}` : []))
  return `{${texts.join(', ')}}`
}

function quotedList(list: readonly string[]): string {
  return goList(list.map(goQuote))
}
