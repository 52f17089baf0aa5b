import { pods } from '#api'
import type { SimCluster } from '#cluster/simulation'
import type { ContainerRun } from '#history'

/** The lines that are shown of a log. */
const shownLines = 3

/** Reads the last lines of a simulated container's log from its node's disk. */
export function lastLinesOf(
  { objects, nodes }: SimCluster,
  { namespace, pod: name, container, previous }: ContainerRun,
): readonly string[] {
  const pod = objects.get(pods, { namespace, name })
  const node = nodes.get(pod?.spec?.nodeName ?? '')
  if (!pod || !node) return []
  const all = node
    .files(`/var/log/pods/${namespace}_${name}_${pod.metadata.uid}/${container}`)
    .filter((path) => path.endsWith('.log'))
    .sort((a, b) => runOf(a) - runOf(b))
  const status = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ].find((each) => each.name === container)
  const restarts = status?.restartCount ?? 0
  // While a container waits, its newest log is that of the run before.
  const isWaiting = status?.state?.waiting !== undefined
  const wanted = previous && !isWaiting ? restarts - 1 : undefined
  const path = wanted === undefined ? all.at(-1) : all.find((each) => runOf(each) === wanted)
  if (path === undefined) return []
  const text = Buffer.from(node.read(path) ?? []).toString('utf8')
  return text.split('\n').filter(Boolean).slice(-shownLines).map(textOf)
}

/** `/var/log/pods/default_web_UID/app/3.log` is of the run after three restarts. */
function runOf(path: string): number {
  return Number.parseInt(path.slice(path.lastIndexOf('/') + 1), 10)
}

/** Takes the time, the stream and the tag from the front of a line as CRI writes it. */
function textOf(line: string): string {
  return line.split(' ').slice(3).join(' ')
}
