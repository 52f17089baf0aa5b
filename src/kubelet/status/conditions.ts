import type { ContainerStatus, Pod, PodCondition } from '#api'
import { goList, goQuote } from '#machinery'
import { containersOf, initContainersOf, isRestartable } from '../model/containers.ts'
import type { PodPhase } from './phase.ts'

/** A condition without its times, which the status keeps. */
export type ConditionVerdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>

const isTrue = (type: string): ConditionVerdict => ({ type, status: 'True' })

/** Upstream: GenerateContainersReadyCondition. Sidecars count. */
export function containersReady(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  phase: PodPhase,
): ConditionVerdict {
  const type = 'ContainersReady'
  const watched = [...initContainersOf(pod).filter(isRestartable), ...containersOf(pod)]
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' }
  const { unknown, lacking } = sortOut(watched, statuses, (status) => status.ready === true)
  if (unknown.length === 0 && lacking.length === 0) return isTrue(type)
  const message = joined(unknown, `containers with unready status: ${goList(lacking)}`, lacking)
  return { type, status: 'False', reason: 'ContainersNotReady', message }
}

/** Ready is ContainersReady plus the pod's own gates (upstream: GeneratePodReadyCondition). */
export function podReady(pod: Pod, containers: ConditionVerdict): ConditionVerdict {
  if (containers.status !== 'True') return { ...containers, type: 'Ready' }
  const messages = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const held = pod.status?.conditions?.find(({ type }) => type === conditionType)
    if (!held) {
      return [
        `corresponding condition of pod readiness gate ${goQuote(conditionType)} does not exist.`,
      ]
    }
    if (held.status === 'True') return []
    return [
      `the status of pod readiness gate ${goQuote(conditionType)} is not "True", but ${held.status}`,
    ]
  })
  if (messages.length === 0) return isTrue('Ready')
  return {
    type: 'Ready',
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: messages.join(', '),
  }
}

/** Upstream: GeneratePodInitializedCondition. */
export function initialized(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  phase: PodPhase,
): ConditionVerdict {
  const type = 'Initialized'
  const inits = initContainersOf(pod)
  if (statuses.length === 0 && inits.length > 0) {
    return { type, status: 'False', reason: 'UnknownContainerStatuses' }
  }
  const { unknown, lacking } = sortOut(inits, statuses, isDone(pod))
  if (phase === 'Succeeded' && unknown.length === 0)
    return { ...isTrue(type), reason: 'PodCompleted' }
  // A regular container that has started proves that initialisation was done once.
  if (hasStarted(pod, statuses)) return isTrue(type)
  if (unknown.length === 0 && lacking.length === 0) return isTrue(type)
  const message = joined(unknown, `containers with incomplete status: ${goList(lacking)}`, lacking)
  return { type, status: 'False', reason: 'ContainersNotInitialized', message }
}

function isDone(pod: Pod): (status: ContainerStatus) => boolean {
  const sidecars = new Set(
    initContainersOf(pod)
      .filter(isRestartable)
      .map(({ name }) => name),
  )
  return (status) => (sidecars.has(status.name) ? status.started === true : status.ready === true)
}

function hasStarted(pod: Pod, statuses: readonly ContainerStatus[]): boolean {
  const names = new Set(containersOf(pod).map(({ name }) => name))
  return statuses.some(
    ({ name, state, lastState }) =>
      names.has(name) && (state?.running || state?.terminated || lastState?.terminated),
  )
}

function sortOut(
  containers: readonly { readonly name: string }[],
  statuses: readonly ContainerStatus[],
  fits: (status: ContainerStatus) => boolean,
): { readonly unknown: readonly string[]; readonly lacking: readonly string[] } {
  const byName = new Map(statuses.map((status) => [status.name, status]))
  const unknown: string[] = []
  const lacking: string[] = []
  for (const { name } of containers) {
    const status = byName.get(name)
    if (!status) unknown.push(name)
    else if (!fits(status)) lacking.push(name)
  }
  return { unknown, lacking }
}

function joined(unknown: readonly string[], text: string, lacking: readonly string[]): string {
  const parts = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${goList(unknown)}`] : []),
    ...(lacking.length > 0 ? [text] : []),
  ]
  return parts.join(', ')
}
