import {
  type DaemonSet,
  type Deployment,
  isPodReady,
  type Job,
  type Pod,
  pods,
  type ReplicaSet,
  replicaSets,
  type StatefulSet,
} from '#api'
import { controllerOf, type Stored } from '#machinery'
import { warningBlocker, warningsAbout } from './events.ts'
import { podBlockers } from './pod.ts'
import type { Blocker, Present } from './present.ts'
import { deletionBlockers } from './terminating.ts'

/** The most pods of one workload that are told one by one. */
const maxPods = 3

/** Tells why a Deployment is not as it should be, down to the pods of its newest ReplicaSet. */
export function deploymentBlockers(
  deployment: Stored<Deployment>,
  present: Present,
): readonly Blocker[] {
  const { spec, status, metadata } = deployment
  const wanted = spec?.replicas ?? 1
  const own = (status?.conditions ?? []).flatMap(({ type, status: is, reason, message }) =>
    (type === 'Progressing' && is === 'False') || (type === 'ReplicaFailure' && is === 'True')
      ? [{ text: `${reason}: ${message ?? ''}` }]
      : [],
  )
  const paused = spec?.paused ? [{ text: 'its rollout is paused (spec.paused)' }] : []
  const isDone = status?.updatedReplicas === wanted && status?.availableReplicas === wanted
  if (isDone && (status?.replicas ?? 0) === wanted) return [...paused, ...own]
  const sets = present.objects
    .list(replicaSets, metadata.namespace)
    .filter((each) => controllerOf(each)?.uid === metadata.uid && (each.spec?.replicas ?? 0) > 0)
    .flatMap((each) => {
      const behind = replicaSetBlockers(each, present)
      return behind.length > 0 ? [{ text: `replicaset ${each.metadata.name}`, behind }] : []
    })
  return [...paused, ...own, ...sets]
}

/** Tells why pods of a ReplicaSet are missing or not ready. */
export function replicaSetBlockers(set: Stored<ReplicaSet>, present: Present): readonly Blocker[] {
  const failure = (set.status?.conditions ?? [])
    .filter(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
    .map(({ reason, message }) => ({ text: `${reason}: ${message ?? ''}` }))
  return [...failure, ...unreadyPods(podsOf(set, present), present)]
}

/**
 * Tells which pod a StatefulSet waits for. Of one that goes by order it is the first that is missing
 * or not ready; a rollout goes from the last pod down and waits for each.
 */
export function statefulSetBlockers(
  set: Stored<StatefulSet>,
  present: Present,
): readonly Blocker[] {
  const { spec, status } = set
  const isOrdered = spec?.podManagementPolicy !== 'Parallel'
  const found = unreadyOrdinals(set, present).slice(0, isOrdered ? 1 : maxPods)
  const waits = isOrdered && found.length > 0 ? 'the pods after it wait for it' : undefined
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  const isHeld = partition > 0 && status?.currentRevision !== status?.updateRevision
  return [
    ...found.map((each) => (waits ? { ...each, text: `${each.text} (${waits})` } : each)),
    ...(isHeld
      ? [{ text: `pods below ordinal ${partition} keep the old revision (partition)` }]
      : []),
  ]
}

/** Tells of each pod that a StatefulSet should have and that is missing or not ready, by ordinal. */
function unreadyOrdinals(set: Stored<StatefulSet>, present: Present): readonly Blocker[] {
  const { metadata, spec } = set
  const own = new Map(podsOf(set, present).map((pod) => [pod.metadata.name, pod]))
  const first = spec?.ordinals?.start ?? 0
  const names = Array.from(
    { length: spec?.replicas ?? 1 },
    (_, index) => `${metadata.name}-${first + index}`,
  )
  return names.flatMap((name) => {
    const pod = own.get(name)
    if (pod && isPodReady(pod) && !pod.metadata.deletionTimestamp) return []
    if (pod) return [podBlocker(pod, present)]
    const behind = warningsAbout(present, set, ['FailedCreate']).map((each) =>
      warningBlocker(each, present),
    )
    return [{ text: `pod ${name} is missing`, behind }]
  })
}

/** Tells which pods of a DaemonSet are not ready, those on lost nodes too, which a rollout waits for. */
export function daemonSetBlockers(set: Stored<DaemonSet>, present: Present): readonly Blocker[] {
  return unreadyPods(podsOf(set, present), present)
}

/** Tells why a Job does not end well: its failure, that it is suspended, or how its pods fail. */
export function jobBlockers(job: Stored<Job>, present: Present): readonly Blocker[] {
  const { spec, status } = job
  const isTrue = (type: string) =>
    status?.conditions?.find((each) => each.type === type && each.status === 'True')
  if (isTrue('Complete')) return []
  const failed = isTrue('Failed') ?? isTrue('FailureTarget')
  const own = failed ? [{ text: `${failed.reason}: ${failed.message ?? ''}` }] : []
  const suspended = spec?.suspend ? [{ text: 'it is suspended (spec.suspend)' }] : []
  const all = podsOf(job, present)
  const ended = all.filter((pod) => pod.status?.phase === 'Failed')
  const tries = failed ? '' : ` of ${(spec?.backoffLimit ?? 6) + 1} tries`
  const lost = ended.slice(-1).map((pod) => ({
    text: `${ended.length}${tries} failed; pod ${pod.metadata.name} was the last`,
    behind: podBlockers(pod, present),
  }))
  const open = all.filter(({ status: is }) => is?.phase !== 'Failed' && is?.phase !== 'Succeeded')
  const refused = warningsAbout(present, job, ['FailedCreate']).map((each) =>
    warningBlocker(each, present),
  )
  return [...own, ...suspended, ...refused, ...lost, ...unreadyPods(open, present)]
}

/** Returns the pods that an object controls, in the order of their creation. */
function podsOf({ metadata }: Stored, { objects }: Present): readonly Stored<Pod>[] {
  return objects
    .list(pods, metadata.namespace)
    .filter((pod) => controllerOf(pod)?.uid === metadata.uid)
    .toSorted((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
}

/** Tells of the pods that are not ready; of many alike the first ones. */
export function unreadyPods(all: readonly Stored<Pod>[], present: Present): readonly Blocker[] {
  const unready = all.filter((pod) => !isPodReady(pod) || pod.metadata.deletionTimestamp)
  const listed = unready.slice(0, maxPods).map((pod) => podBlocker(pod, present))
  if (unready.length <= maxPods) return listed
  return [...listed, { text: `and ${unready.length - maxPods} pods more that are not ready` }]
}

function podBlocker(pod: Stored<Pod>, present: Present): Blocker {
  const { name, deletionTimestamp } = pod.metadata
  if (deletionTimestamp) {
    return { text: `pod ${name} is Terminating`, behind: deletionBlockers(pod, present) }
  }
  return { text: `pod ${name} is not Ready`, behind: podBlockers(pod, present) }
}
