import { type ContainerStatus, type Pod, type PodStatus, pods } from '#api'
import { groupResourceOf, keyOf, type Stored, type Trigger } from '#machinery'

/** Makes a cause of what the kubelet has observed itself. */
export function observation(what: string): Trigger {
  return { kind: 'observed', what }
}

/** Makes a cause of the pod as it was last read: what a user, the scheduler or a controller made of it. */
export function changeOf(pod: Stored<Pod>): Trigger {
  const { resourceVersion } = pod.metadata
  return { kind: 'change', resource: groupResourceOf(pods), key: keyOf(pod), resourceVersion }
}

/** Tells what happened to containers between two statuses, in words: `container web exited with code 1`. */
export function containerChanges(before: PodStatus, after: PodStatus): readonly string[] {
  const allOf = ({ initContainerStatuses = [], containerStatuses = [] }: PodStatus) => [
    ...initContainerStatuses,
    ...containerStatuses,
  ]
  const held = new Map(allOf(before).map((each) => [each.name, each]))
  return allOf(after).flatMap((is) => changesOf(held.get(is.name), is))
}

function changesOf(was: ContainerStatus | undefined, is: ContainerStatus): readonly string[] {
  const { name, state, lastState } = is
  const seen = was?.state?.terminated ?? was?.lastState?.terminated
  const ended = state?.terminated ?? lastState?.terminated
  const exit =
    ended && ended.containerID !== seen?.containerID
      ? [`container ${name} exited with code ${ended.exitCode}`]
      : []
  const started =
    state?.running && is.containerID !== was?.containerID ? [`container ${name} started`] : []
  const reason = state?.waiting?.reason
  const stuck = reason && reason !== was?.state?.waiting?.reason && !ordinary.has(reason)
  return [...exit, ...started, ...(stuck ? [`container ${name} waits: ${reason}`] : [])]
}

/** Why a container waits that nothing is wrong with. */
export const ordinary: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing'])
