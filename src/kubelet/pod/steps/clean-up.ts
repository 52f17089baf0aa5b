import type { Pod } from '#api'
import type { Stored } from '#machinery'
import { podLogDirectory } from '../../logs/paths.ts'
import type { ObservedPod } from '../../model/observed.ts'
import { qosOf } from '../../model/qos.ts'
import type { PodShared } from '../pod-shared.ts'

export interface StoppedPod {
  readonly pod: Stored<Pod>
  readonly observed: ObservedPod
  /** The object is no longer in the API. */
  readonly isGone: boolean
}

/**
 * Takes away what a stopped pod had on the node. While its object is in the API, containers and
 * logs stay to be looked at; once it is gone, or is going, everything goes.
 */
export async function cleanUp(
  { pod, observed, isGone }: StoppedPod,
  { world, tokens, images, results, signal }: PodShared,
): Promise<void> {
  const { runtime, host, references } = world
  const { uid } = pod.metadata
  references.unfollow(uid)
  tokens.forget(uid)
  images.forget(uid)
  for (const volume of await host.volumes.list(uid, signal)) {
    await host.volumes.remove(volume, signal)
  }
  if (!isGone && pod.metadata.deletionTimestamp === undefined) return
  for (const container of observed.containers) {
    await runtime.removeContainer(container.id, signal)
    results.forget(container.id)
  }
  for (const sandbox of observed.sandboxes) await runtime.removeSandbox(sandbox.id, signal)
  await host.cgroups.remove(host.cgroups.podPath(qosOf(pod), uid), signal)
  await host.pods.remove(uid, signal)
  await host.files.remove(podLogDirectory(host.paths.podLogs, pod), signal)
}
