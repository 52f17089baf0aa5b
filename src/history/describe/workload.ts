import type { Deployment, Job, ReplicaSet } from '#api'
import { conditionChanges } from './conditions.ts'
import { valueChange } from './values.ts'

type Workload = Deployment & ReplicaSet

const revisionKey = 'deployment.kubernetes.io/revision'

/** Deployments, ReplicaSets and StatefulSets count alike. */
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
