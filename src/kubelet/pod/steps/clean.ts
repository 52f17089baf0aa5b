import { podLogDirectory } from '../../logs/paths.ts'
import { qosOf } from '../../model/qos.ts'
import { isLeavingNode } from '../machine.ts'
import type { PodContext } from '../pod-context.ts'

/**
 * Removes what a stopped pod had on the node (upstream: SyncTerminatedPod). While its object is in
 * the API, containers and logs stay to be looked at; once it is gone, or is going, everything goes.
 * Gives the milliseconds until the next step is due, if there is one.
 */
export async function cleanUp(context: PodContext): Promise<number | undefined> {
  const { uid, shared } = context
  const { world, tokens, images, statuses, signal } = shared
  const everything = isLeavingNode(context.machine())
  world.references.unfollow(uid)
  tokens.forget(uid)
  images.forget(uid)
  for (const volume of await world.host.volumes.list(uid, signal)) {
    await world.host.volumes.remove(volume, signal)
  }
  if (everything) await empty(context)
  context.send({ kind: 'cleaned', everything })
  // It has begun to leave meanwhile.
  if (context.machine().state === 'terminated') return 0
  statuses.finish(context.machine().pod)
  return undefined
}

/** Removes the containers, logs and folders of a pod, and its part of the node's resources. */
async function empty({ uid, shared, machine }: PodContext): Promise<void> {
  const { world, results, signal } = shared
  const { runtime, host } = world
  const { pod, observed } = machine()
  for (const container of observed.containers) {
    await runtime.removeContainer(container.id, signal)
    results.forget(container.id)
  }
  for (const sandbox of observed.sandboxes) await runtime.removeSandbox(sandbox.id, signal)
  await host.cgroups.remove(host.cgroups.podPath(qosOf(pod), uid), signal)
  await host.pods.remove(uid, signal)
  await host.files.remove(podLogDirectory(host.paths.podLogs, pod), signal)
}
