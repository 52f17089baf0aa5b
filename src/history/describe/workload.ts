import type { DaemonSet, Deployment, Job, ReplicaSet } from '#api'
import { conditionChanges } from './conditions.ts'
import { valueChange } from './values.ts'

type Workload = Deployment & ReplicaSet

const revisionKey = 'deployment.kubernetes.io/revision'

/** Describes changes of Deployments, ReplicaSets and StatefulSets, whose counts have the same names. */
export function describeWorkload(before: Workload | undefined, after: Workload): readonly string[] {
  const [was, is] = [before?.status, after.status]
  const revision = (object: Workload | undefined) => object?.metadata?.annotations?.[revisionKey]
  const counted = (name: string, from: number | undefined, to: number | undefined) =>
    valueChange(name, from ?? 0, to ?? 0)
  return [
    ...valueChange('replicas wanted', before?.spec?.replicas, after.spec?.replicas),
    ...valueChange('revision', revision(before), revision(after)),
    ...counted('replicas', was?.replicas, is?.replicas),
    ...counted('ready', was?.readyReplicas, is?.readyReplicas),
    ...counted('available', was?.availableReplicas, is?.availableReplicas),
    ...counted('updated', was?.updatedReplicas, is?.updatedReplicas),
    ...conditionChanges(was?.conditions, is?.conditions),
  ]
}

export function describeJob(before: Job | undefined, after: Job): readonly string[] {
  const [was, is] = [before?.status, after.status]
  const counts = (['active', 'succeeded', 'failed'] as const).flatMap((name) =>
    valueChange(name, was?.[name] ?? 0, is?.[name] ?? 0),
  )
  return [
    ...counts,
    ...valueChange('suspend', before?.spec?.suspend ?? false, after.spec?.suspend ?? false),
    ...conditionChanges(was?.conditions, is?.conditions),
  ]
}

/** Describes a workload's state, as `1 of 3 ready`, with the conditions that say why not more. */
export function workloadState({ spec, status }: Workload): string {
  const { readyReplicas = 0, conditions = [] } = status ?? {}
  const failed = conditions.filter(isTrouble).map(({ reason, message }) => `${reason}: ${message}`)
  return [`${readyReplicas} of ${spec?.replicas ?? 1} ready`, ...failed].join('; ')
}

/** Returns whether a condition says that a rollout makes no progress, or that pods cannot be created. */
function isTrouble({ type, status }: { readonly type: string; readonly status: string }): boolean {
  return status === (type === 'ReplicaFailure' ? 'True' : 'False') && type !== 'Available'
}

export function daemonState({ status }: DaemonSet): string {
  const { numberReady = 0, desiredNumberScheduled = 0 } = status ?? {}
  return `${numberReady} of ${desiredNumberScheduled} ready`
}

/** Describes how a Job ended, or how far it is. */
export function jobState({ spec, status }: Job): string {
  const { active = 0, succeeded = 0, failed = 0, conditions = [] } = status ?? {}
  const end = conditions.find(
    (each) => each.status === 'True' && (each.type === 'Complete' || each.type === 'Failed'),
  )
  if (end?.type === 'Complete') return 'Complete'
  if (end) return `Failed (${end.reason}: ${end.message})`
  const suspended = spec?.suspend ? 'suspended; ' : ''
  return `${suspended}${active} active, ${succeeded} succeeded, ${failed} failed`
}
