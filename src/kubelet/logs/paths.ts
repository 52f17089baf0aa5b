import type { Pod } from '#api'
import type { Stored } from '#machinery'

/** `<root>/<namespace>_<name>_<uid>` (upstream: BuildPodLogsDirectory). */
export function podLogDirectory(root: string, { metadata }: Stored<Pod>): string {
  return `${root}/${metadata.namespace}_${metadata.name}_${metadata.uid}`
}

/** Relative to the pod's log directory: `<container>/<restartCount>.log`. */
export function containerLogPath(container: string, restartCount: number): string {
  return `${container}/${restartCount}.log`
}
