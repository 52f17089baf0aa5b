import { nodes, type Pod, pods } from '#api'
import { messageOf } from '#lib'
import { controllerOf, type Stored } from '#machinery'
import { isNotFound, isTooManyRequests } from '#machinery/status'
import type { SceneWorkload } from '../input/scene.ts'
import type { DrillStage } from './stage.ts'
import { workloadResource } from './wanted.ts'

/** The workloads that roll a new pod template out. */
export function rollingWorkloads(workloads: readonly SceneWorkload[]): readonly SceneWorkload[] {
  return workloads.filter(({ kind }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
}

/** Changes a workload by a merge patch, as `kubectl patch` does. */
export async function patchWorkload(
  { cluster }: DrillStage,
  workload: SceneWorkload,
  patch: unknown,
): Promise<void> {
  const { namespace, name } = workload
  const body = { kind: 'merge', patch } as const
  await cluster.client.patch(workloadResource(workload), { namespace, name }, body)
}

/** Deletes a workload with its pods, as `kubectl delete` does. */
export async function deleteWorkload(
  { cluster }: DrillStage,
  workload: SceneWorkload,
): Promise<void> {
  const { namespace, name } = workload
  await cluster.client.delete(workloadResource(workload), { namespace, name })
}

/** Changes annotations of the pod template; null takes one away. */
export async function annotateTemplate(
  stage: DrillStage,
  workload: SceneWorkload,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  await patchWorkload(stage, workload, { spec: { template: { metadata: { annotations } } } })
}

/** The pods of a workload that run and are not being deleted. */
export function podsOf(
  { cluster }: DrillStage,
  { kind, name, namespace, template }: SceneWorkload,
) {
  const labels = Object.entries(template.metadata?.labels ?? {})
  return cluster.objects.list(pods, namespace).filter(({ metadata, spec, status }) => {
    const isOfTemplate =
      kind === 'Pod'
        ? metadata.name === name
        : labels.length > 0 &&
          labels.every(([key, value]) => metadata.labels?.[key] === value) &&
          metadata.name.startsWith(`${name}-`)
    const isThere = spec?.nodeName !== undefined && !metadata.deletionTimestamp
    return isOfTemplate && isThere && status?.phase === 'Running'
  })
}

/** How long to wait before an eviction that a budget refused is asked for again, as kubectl does. */
const retryMs = 5_000

/** How a drain ended. */
export interface DrainEnd {
  /** Why pods are still there; empty when all are gone. */
  readonly refusals: readonly string[]
}

/** Cordons a node and evicts its pods as `kubectl drain --ignore-daemonsets --delete-emptydir-data` does. */
export async function drainOnStage(
  stage: DrillStage,
  node: string,
  limitMs: number,
): Promise<DrainEnd> {
  const { cluster } = stage
  const { clock, objects } = cluster
  await setUnschedulable(stage, node, true)
  const untilMs = clock.monotonicMs() + limitMs
  const wanted = objects.list(pods).filter((pod) => pod.spec?.nodeName === node && isEvictable(pod))
  const isGone = ({ metadata }: Stored<Pod>) =>
    objects.get(pods, metadata)?.metadata.uid !== metadata.uid
  const waiting = new Set(wanted)
  for (;;) {
    const refusals: string[] = []
    for (const pod of waiting) {
      const refusal = await evict(stage, pod)
      if (refusal === undefined) waiting.delete(pod)
      else refusals.push(refusal)
    }
    const leftMs = untilMs - clock.monotonicMs()
    const isDone = () => waiting.size === 0 && wanted.every(isGone)
    if (await stage.until(isDone, Math.min(leftMs, retryMs))) return { refusals: [] }
    if (clock.monotonicMs() >= untilMs) {
      const still = wanted.filter((pod) => !isGone(pod)).map(({ metadata }) => metadata.name)
      return { refusals: refusals.length > 0 ? refusals : [`${still.join(', ')} does not end`] }
    }
  }
}

/** Cordons a node, or makes it schedulable again. */
export async function setUnschedulable(
  { cluster }: DrillStage,
  name: string,
  unschedulable: boolean,
): Promise<void> {
  const patch = { kind: 'merge', patch: { spec: { unschedulable } } } as const
  await cluster.client.patch(nodes, { name }, patch)
}

async function evict(
  { cluster }: DrillStage,
  { metadata }: Stored<Pod>,
): Promise<string | undefined> {
  const { name, namespace = '' } = metadata
  const key = { name, namespace }
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: key }
  try {
    await cluster.client.createSubresource(pods, key, 'eviction', body)
  } catch (error) {
    if (isTooManyRequests(error)) return `pod ${namespace}/${name}: ${messageOf(error)}`
    if (!isNotFound(error)) throw error
  }
  return undefined
}

function isEvictable(pod: Stored<Pod>): boolean {
  return controllerOf(pod)?.kind !== 'DaemonSet'
}
