import type { Resource } from '#machinery'
import type { AdmissionAttributes } from '../admission.ts'
import { askedName, askedNamespace, isNamespace } from './asked.ts'

/** A rule of a webhook or a policy: which operations at which resources it is about. */
export interface MatchRule {
  readonly operations?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly apiVersions?: readonly string[]
  readonly resources?: readonly string[]
  readonly scope?: string
  /** Of a policy alone; none means all. */
  readonly resourceNames?: readonly string[]
}

/** Whether a rule is about a request, taken as one for the resource given (upstream: `rules.Matcher`). */
export function matchesRule(
  rule: MatchRule,
  attributes: AdmissionAttributes,
  resource: Resource,
): boolean {
  const { apiGroups = [], apiVersions = [], operations = [], resourceNames = [] } = rule
  return (
    hasScope(rule.scope, attributes, resource) &&
    isIn(operations, operationOf(attributes)) &&
    isIn(apiGroups, resource.group) &&
    isIn(apiVersions, resource.version) &&
    (rule.resources ?? []).some((each) => isResource(each, resource, attributes.subresource)) &&
    (resourceNames.length === 0 || resourceNames.includes(askedName(attributes)))
  )
}

/** `CREATE`, `UPDATE`, `DELETE` or `CONNECT`. */
export function operationOf({ verb }: AdmissionAttributes): string {
  return verb.toUpperCase()
}

function hasScope(
  scope: string | undefined,
  attributes: AdmissionAttributes,
  resource: Resource,
): boolean {
  if (scope === undefined || scope === '*') return true
  const isOfCluster = isNamespace(resource) || askedNamespace(attributes) === ''
  return scope === (isOfCluster ? 'Cluster' : 'Namespaced')
}

function isIn(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted)
}

function isResource(pattern: string, { plural }: Resource, subresource: string): boolean {
  const slash = pattern.indexOf('/')
  const [whole, part] =
    slash < 0 ? [pattern, ''] : [pattern.slice(0, slash), pattern.slice(slash + 1)]
  return (whole === '*' || whole === plural) && (part === '*' || part === subresource)
}
