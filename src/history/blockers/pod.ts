import { isNodeReady, isPodReady, isPodTerminal, nodes, type Pod } from '#api'
import type { Stored } from '#machinery'
import { containerBlockers } from './containers.ts'
import { warningBlocker, warningsAbout } from './events.ts'
import type { Blocker, Present } from './present.ts'

/** Warnings of a kubelet that keep a pod as a whole from starting. */
const podReasons = [
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedPodSandBoxStatus',
  'NetworkNotReady',
  'FailedSync',
  'FailedToCreatePodContainer',
]

/** Tells what keeps a pod from being Ready. */
export function podBlockers(pod: Stored<Pod>, present: Present): readonly Blocker[] {
  const { spec, status } = pod
  if (isPodTerminal(pod)) return endedBlockers(pod, present)
  if (isPodReady(pod)) return []
  if (!spec?.nodeName) return unscheduledBlockers(pod)
  const containers = containerBlockers(pod, present)
  const isStarted = status?.containerStatuses?.some(({ state }) => state?.running)
  const asWhole = isStarted
    ? []
    : warningsAbout(present, pod, podReasons).map((each) => warningBlocker(each, present))
  const all = [...nodeBlockers(pod, present), ...asWhole, ...containers, ...gateBlockers(pod)]
  return all
}

/** Tells that the node of a pod says nothing any more, so that nobody acts on the pod. */
export function nodeBlockers({ spec }: Pod, { objects }: Present): readonly Blocker[] {
  const name = spec?.nodeName
  if (!name) return []
  const node = objects.get(nodes, { name })
  if (!node) return [{ text: `its node ${name} is not there` }]
  if (isNodeReady(node)) return []
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  const because = ready?.reason ? ` (${ready.reason}: ${ready.message ?? ''})` : ''
  return [{ text: `its node ${name} is not Ready${because}; its kubelet has to act on it` }]
}

function endedBlockers(pod: Stored<Pod>, present: Present): readonly Blocker[] {
  const { status } = pod
  if (status?.phase !== 'Failed') return []
  const own = status.reason ? [{ text: `${status.reason}: ${status.message ?? ''}` }] : []
  return [...own, ...containerBlockers(pod, present)]
}

/** Tells each predicate that rules nodes out by itself, with how many nodes it rules out. */
function unscheduledBlockers({ spec, status }: Pod): readonly Blocker[] {
  const gates = spec?.schedulingGates ?? []
  if (gates.length > 0) {
    return gates.map(({ name }) => ({
      text: `scheduling gate ${name}: whoever set it has to remove it`,
    }))
  }
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (!scheduled?.message) {
    return [{ text: `scheduler ${spec?.schedulerName ?? 'default-scheduler'} has not placed it` }]
  }
  const [, nodesText, reasons = ''] =
    /^(\d+\/\d+ nodes are available): (.*)$/s.exec(scheduled.message) ?? []
  if (nodesText === undefined) return [{ text: scheduled.message }]
  const [own = '', ...preemption] = reasons.split(/[.,]? preemption: /)
  return [
    {
      text: `no node takes it: ${nodesText}`,
      behind: [
        // Each predicate begins with a number; what a plugin adds for all nodes is a sentence of its own.
        ...own
          .split(/, (?=\d)|\. (?=[a-z])/)
          .map((reason) => ({ text: reason.replace(/\.$/, '') })),
        ...preemption.map((text) => ({ text: `preemption: ${text.replace(/\.$/, '')}` })),
      ],
    },
  ]
}

function gateBlockers({ spec, status }: Pod): readonly Blocker[] {
  return (spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = status?.conditions?.find(({ type }) => type === conditionType)
    if (found?.status === 'True') return []
    const is = found ? `is ${found.status}` : 'was not set'
    return [{ text: `readiness gate ${conditionType} ${is}` }]
  })
}
