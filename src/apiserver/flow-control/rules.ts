import type { FlowSchema } from '#api'
import type { UserInfo } from '#machinery'
import type { RequestInfo, ResourceInfo } from '../request/request-info.ts'

type Rule = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number]
type Subject = Rule['subjects'][number]
type ResourceRule = NonNullable<Rule['resourceRules']>[number]
type PathRule = NonNullable<Rule['nonResourceRules']>[number]

/** Whether a FlowSchema has a rule for this request of this user (upstream: `matchesFlowSchema`). */
export function matchesSchema({ spec }: FlowSchema, info: RequestInfo, user: UserInfo): boolean {
  return (spec?.rules ?? []).some(
    ({ subjects, resourceRules = [], nonResourceRules = [] }) =>
      subjects.some((subject) => isSubject(subject, user)) &&
      (info.kind === 'resource'
        ? resourceRules.some((rule) => matchesResource(rule, info))
        : nonResourceRules.some((rule) => matchesPath(rule, info.verb, info.path))),
  )
}

function isSubject({ kind, user: named, group, serviceAccount }: Subject, user: UserInfo): boolean {
  if (kind === 'User') return named?.name === '*' || named?.name === user.name
  if (kind === 'Group') {
    return group !== undefined && (group.name === '*' || user.groups.includes(group.name))
  }
  if (!serviceAccount) return false
  const { namespace, name } = serviceAccount
  const prefix = `system:serviceaccount:${namespace}:`
  return name === '*' ? user.name.startsWith(prefix) : user.name === prefix + name
}

function matchesResource(rule: ResourceRule, info: ResourceInfo): boolean {
  const { verb, group, resource, subresource, namespace } = info
  const what = subresource === '' ? resource : `${resource}/${subresource}`
  if (!holds(rule.verbs, verb) || !holds(rule.resources, what) || !holds(rule.apiGroups, group)) {
    return false
  }
  return namespace === '' ? rule.clusterScope === true : holds(rule.namespaces ?? [], namespace)
}

function matchesPath({ verbs, nonResourceURLs }: PathRule, verb: string, path: string): boolean {
  return holds(verbs, verb) && nonResourceURLs.some((url) => matchesUrl(url, path))
}

function matchesUrl(url: string, path: string): boolean {
  if (url === '*' || url === path) return true
  const prefix = url.endsWith('*') ? url.slice(0, -1) : url
  return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
}

/** A star that stands alone is everything. */
function holds(list: readonly string[], word: string): boolean {
  return list[0] === '*' ? list.length === 1 || list.includes(word) : list.includes(word)
}
