import { derived } from '#lib'
import { groupResourceOf, type KubeObject, type ResourceRef } from '#machinery'
import type { ResourceQuota } from '../../../../generated/types/index.ts'
import { amountsOf } from '../../pod/model/requests.ts'
import { claimEvaluator } from './claims.ts'
import { countEvaluator } from './counts.ts'
import { deviceEvaluator } from './devices.ts'
import type { QuotaEvaluator } from './evaluator.ts'
import { podEvaluator } from './pods.ts'
import { scopeSelectorsOf } from './scopes.ts'
import { serviceEvaluator } from './services.ts'

const core = (plural: string) => countEvaluator({ group: '', plural }, plural)

const special: ReadonlyMap<string, QuotaEvaluator> = new Map(
  [
    podEvaluator,
    serviceEvaluator,
    claimEvaluator,
    deviceEvaluator,
    // These were counted by name before all others could be.
    ...['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'].map(core),
  ].map((evaluator) => [groupResourceOf(evaluator.resource), evaluator]),
)

/** What is not stored, and events, which were never counted. */
const ignored: ReadonlySet<string> = new Set([
  ...['bindings', 'componentstatuses', 'events', 'events.events.k8s.io'],
  ...['tokenreviews.authentication.k8s.io', 'selfsubjectreviews.authentication.k8s.io'],
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
])

/** How objects of a resource are counted; undefined for those that quotas do not look at. */
export const quotaEvaluatorOf = derived(
  (resource: Pick<ResourceRef, 'group' | 'plural'>): QuotaEvaluator | undefined => {
    const name = groupResourceOf(resource)
    return ignored.has(name) ? undefined : (special.get(name) ?? countEvaluator(resource))
  },
)

/** Whether a quota bounds something of the object and the object is within its scopes. */
export function quotaMatches(
  quota: ResourceQuota,
  evaluator: QuotaEvaluator,
  object: KubeObject,
): boolean {
  const hard = amountsOf(quota.status?.hard).keys()
  return (
    evaluator.matching(hard).length > 0 &&
    scopeSelectorsOf(quota).every((scope) => evaluator.matchesScope(scope, object))
  )
}
