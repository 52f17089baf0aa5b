import { withoutTrailing } from '#lib'
import type { UserInfo } from '#machinery'
import type { AuthorizationAttributes } from '../authz/authorizer.ts'

/** How much of a request is recorded, from nothing to both bodies. */
export const auditLevels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type AuditLevel = (typeof auditLevels)[number]

/** When in the life of a request an event is recorded. */
export const auditStages = [
  'RequestReceived',
  'ResponseStarted',
  'ResponseComplete',
  'Panic',
] as const
export type AuditStage = (typeof auditStages)[number]

/** A Policy of audit.k8s.io/v1: what is recorded of which requests. */
export interface AuditPolicy {
  /** The first that matches counts. */
  readonly rules: readonly AuditRule[]
  readonly omitStages?: readonly AuditStage[]
  readonly omitManagedFields?: boolean
}

/** Which requests a rule is about, each list of which is everything where it is empty. */
export interface AuditRule {
  readonly level: AuditLevel
  readonly users?: readonly string[]
  readonly userGroups?: readonly string[]
  readonly verbs?: readonly string[]
  readonly resources?: readonly GroupResources[]
  /** The empty one is that of cluster-scoped resources. */
  readonly namespaces?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly omitStages?: readonly AuditStage[]
  readonly omitManagedFields?: boolean
}

/** Resources of a group: `pods`, `pods/log`, `pods/*`, `*\/scale` or `*`. */
export interface GroupResources {
  readonly group?: string
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

/** What is recorded of one request. */
export interface AuditConfig {
  readonly level: AuditLevel
  readonly omitStages: ReadonlySet<AuditStage>
  readonly omitManagedFields: boolean
}

/** Asks what is recorded of a request (upstream: `PolicyRuleEvaluator`). */
export type AuditEvaluator = (asked: AuditedRequest, user: UserInfo | undefined) => AuditConfig

/** What a request asks for; nobody may know who asks. */
export type AuditedRequest =
  | Omit<ResourceRequest, 'user'>
  | Omit<Exclude<AuthorizationAttributes, ResourceRequest>, 'user'>
type ResourceRequest = Extract<AuthorizationAttributes, { readonly kind: 'resource' }>

/** Makes an evaluator; what no rule matches is not recorded. */
export function auditEvaluator({
  rules,
  omitStages = [],
  omitManagedFields = false,
}: AuditPolicy): AuditEvaluator {
  const none: AuditConfig = { level: 'None', omitStages: new Set(omitStages), omitManagedFields }
  const configs = rules.map((rule) => {
    const config: AuditConfig = {
      level: rule.level,
      omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]),
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
    }
    return { rule, config }
  })
  return (asked, user) => configs.find(({ rule }) => matches(rule, asked, user))?.config ?? none
}

function matches(rule: AuditRule, asked: AuditedRequest, user: UserInfo | undefined): boolean {
  const { users = [], userGroups = [], verbs = [] } = rule
  if (users.length > 0 && !(user && users.includes(user.name))) return false
  if (userGroups.length > 0 && !user?.groups.some((group) => userGroups.includes(group))) {
    return false
  }
  if (verbs.length > 0 && !verbs.includes(asked.verb)) return false
  const { namespaces = [], resources = [], nonResourceURLs: urls = [] } = rule
  if (namespaces.length > 0 || resources.length > 0) return matchesResource(rule, asked)
  if (urls.length === 0) return true
  return asked.kind === 'nonResource' && urls.some((url) => leadsTo(url, asked.path))
}

/** A `*` stands for all paths, or at the end for all that go on so. */
function leadsTo(url: string, path: string): boolean {
  if (url === '*' || url === path) return true
  return url.endsWith('*') && path.startsWith(withoutTrailing(url, '*'))
}

function matchesResource(
  { namespaces = [], resources = [] }: AuditRule,
  asked: AuditedRequest,
): boolean {
  if (asked.kind !== 'resource') return false
  if (namespaces.length > 0 && !namespaces.includes(asked.namespace)) return false
  return resources.length === 0 || resources.some((each) => isAmong(each, asked))
}

function isAmong(
  { group = '', resources = [], resourceNames = [] }: GroupResources,
  asked: Omit<ResourceRequest, 'user'>,
): boolean {
  if (group !== '*' && group !== asked.group) return false
  if (resources.length === 0) return true
  if (resourceNames.length > 0 && !resourceNames.includes(asked.name)) return false
  const { resource, subresource } = asked
  const whole = subresource === '' ? resource : `${resource}/${subresource}`
  return resources.some(
    (wanted) =>
      wanted === '*' ||
      wanted === whole ||
      (subresource !== '' && wanted === `*/${subresource}`) ||
      wanted === `${resource}/*`,
  )
}
