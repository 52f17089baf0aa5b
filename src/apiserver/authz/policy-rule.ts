import type { PolicyRule } from '#api'
import { withoutTrailing } from '#lib'
import type { AuthorizationAttributes, SubjectRules } from './authorizer.ts'

/** Whether one rule grants what is asked for (upstream: rbac's `RuleAllows`). */
export function ruleAllows(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!includesOrAll(rule.verbs, attributes.verb)) return false
  if (attributes.kind === 'nonResource') return pathMatches(rule.nonResourceURLs, attributes.path)
  return (
    includesOrAll(rule.apiGroups, attributes.group) &&
    resourceMatches(rule.resources, attributes.resource, attributes.subresource) &&
    nameMatches(rule.resourceNames, attributes.name)
  )
}

/** Rules sorted by what they speak of; a rule may speak of both. */
export function splitRules(rules: readonly PolicyRule[]): SubjectRules {
  const resourceRules = rules
    .filter(({ resources }) => isNotEmpty(resources))
    .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
      verbs,
      apiGroups,
      resources,
      ...(isNotEmpty(resourceNames) && { resourceNames }),
    }))
  const nonResourceRules = rules
    .filter(({ nonResourceURLs }) => isNotEmpty(nonResourceURLs))
    .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs }))
  return { resourceRules, nonResourceRules, incomplete: false }
}

/** Whether a list of patterns names `resource/subresource`: by `*`, in full, or as any resource of it. */
export function resourceMatches(
  patterns: readonly string[] | undefined,
  resource: string,
  subresource: string,
): boolean {
  if (!patterns) return false
  if (patterns.includes('*')) return true
  if (subresource === '') return patterns.includes(resource)
  return patterns.includes(`${resource}/${subresource}`) || patterns.includes(`*/${subresource}`)
}

/** Whether a list of patterns names a path: by `*`, in full, or by a prefix before a trailing `*`. */
export function pathMatches(patterns: readonly string[] | undefined, path: string): boolean {
  return (patterns ?? []).some(
    (pattern) =>
      pattern === '*' ||
      pattern === path ||
      (pattern.endsWith('*') && path.startsWith(withoutTrailing(pattern, '*'))),
  )
}

function includesOrAll(list: readonly string[] | undefined, wanted: string): boolean {
  return list !== undefined && (list.includes(wanted) || list.includes('*'))
}

function nameMatches(names: readonly string[] | undefined, wanted: string): boolean {
  return !isNotEmpty(names) || names.includes(wanted)
}

function isNotEmpty<T>(list: readonly T[] | undefined): list is readonly T[] {
  return list !== undefined && list.length > 0
}
