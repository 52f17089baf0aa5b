import type { Pod } from '#api'
import type { Stored } from '#machinery'

/** `<root>/<namespace>_<name>_<uid>` (upstream: BuildPodLogsDirectory). */
export function podLogDirectory(root: string, { metadata }: Stored<Pod>): string {
  return `${root}/${metadata.namespace}_${metadata.name}_${metadata.uid}`
}

/** Whose logs a directory of that name holds; undefined for one that is no pod's. */
export function podUidOfLogs(name: string): string | undefined {
  return name.split('_')[2]
}

/** Relative to the pod's log directory: `<container>/<restartCount>.log`. */
export function containerLogPath(container: string, restartCount: number): string {
  return `${container}/${restartCount}.log`
}
