import type { Pod } from '#api'
import type { Stored } from '#machinery'
import { podLogDirectory } from '../logs/paths.ts'
import type { AnyContainer } from '../model/containers.ts'
import { newestOf, type ObservedPod } from '../model/observed.ts'
import type { KubeletWorld } from '../model/world.ts'

interface Asked {
  readonly pod: Stored<Pod>
  readonly container: AnyContainer
  readonly observed: ObservedPod
}

/**
 * How many times a container that is about to be made has been restarted. A runtime may have
 * forgotten what it ran, as after a machine's new start: then the names of the logs that are still
 * there tell, or a pod that has crashed ten times would begin again at 0, in the old log
 * (upstream: calcRestartCountByLogDir).
 */
export async function nextRestartCount(
  { pod, container, observed }: Asked,
  { host }: KubeletWorld,
  signal: AbortSignal,
): Promise<number> {
  const newest = newestOf(observed, container.name)
  if (newest) return newest.restartCount + 1
  const directory = `${podLogDirectory(host.paths.podLogs, pod)}/${container.name}`
  const logs = (await host.files.list(directory, signal)) ?? []
  return Math.max(-1, ...logs.map(countOf)) + 1
}

/** `3.log`, or `3.log.…` once it was rotated. */
function countOf(log: string): number {
  return Number(/^(\d+)\.log(\.|$)/.exec(log)?.[1] ?? -1)
}
