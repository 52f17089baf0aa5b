import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  Service,
  StatefulSet,
} from '#api'
import type { Resource, Stored } from '#machinery'
import { budgetText, nodeBlockersOf } from './disruption.ts'
import { lateRulesBlockers, nodeLinkBlockers, podLinkBlockers } from './network-faults.ts'
import { podBlockers } from './pod.ts'
import type { Blocker, Present } from './present.ts'
import { claimBlockers, serviceBlockers } from './service.ts'
import { deletionBlockers } from './terminating.ts'
import {
  daemonSetBlockers,
  deploymentBlockers,
  jobBlockers,
  replicaSetBlockers,
  statefulSetBlockers,
} from './workloads.ts'

/**
 * Tells what keeps an object from being as it should be at this moment, read from the objects as they
 * are: of one that is being deleted what it waits for, of others what keeps them from being ready.
 */
export function blockersOf(
  object: Stored,
  resource: Resource,
  present: Present,
): readonly Blocker[] {
  if (object.metadata.deletionTimestamp) return deletionBlockers(object, present)
  const find = finders[`${resource.group}/${resource.kind}`]
  return find ? find(object, present) : []
}

/** A method's parameter may be narrower than asked for: its key says which kind each of them gets. */
type Finder = { find(object: Stored, present: Present): readonly Blocker[] }['find']

const finders: Readonly<Record<string, Finder>> = {
  '/Pod': (pod: Stored<Pod>, present) => [
    ...podBlockers(pod, present),
    ...podLinkBlockers(pod, present),
  ],
  '/Node': (node: Stored<Node>, present) => [
    ...nodeBlockersOf(node, present),
    ...nodeLinkBlockers(node, present),
  ],
  '/Service': (service: Stored<Service>, present) => [
    ...serviceBlockers(service, present),
    ...lateRulesBlockers(service, present),
  ],
  '/PersistentVolumeClaim': (claim: Stored<PersistentVolumeClaim>, present) =>
    claimBlockers(claim, present),
  'apps/Deployment': (of: Stored<Deployment>, present) => deploymentBlockers(of, present),
  'apps/ReplicaSet': (of: Stored<ReplicaSet>, present) => replicaSetBlockers(of, present),
  'apps/StatefulSet': (of: Stored<StatefulSet>, present) => statefulSetBlockers(of, present),
  'apps/DaemonSet': (of: Stored<DaemonSet>, present) => daemonSetBlockers(of, present),
  'batch/Job': (job: Stored<Job>, present) => jobBlockers(job, present),
  'batch/CronJob': ({ spec, status }: Stored<CronJob>) => [
    ...(spec?.suspend ? [{ text: 'it is suspended (spec.suspend)' }] : []),
    ...(spec?.concurrencyPolicy === 'Forbid' && status?.active?.length
      ? [{ text: `job ${status.active[0]?.name} still runs, and concurrencyPolicy is Forbid` }]
      : []),
  ],
  'policy/PodDisruptionBudget': (budget: Stored<PodDisruptionBudget>) => {
    const text = budgetText(budget)
    return text === undefined ? [] : [{ text: `it refuses evictions: ${text}` }]
  },
}
