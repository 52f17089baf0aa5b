import type { ContainerState, ContainerStatus, Pod } from '#api'
import { conditionChanges } from './conditions.ts'
import { valueChange } from './values.ts'

export function describePod(before: Pod | undefined, after: Pod): readonly string[] {
  const [was, is] = [before?.status, after.status]
  return [
    ...bound(before, after),
    ...valueChange('phase', was?.phase, is?.phase),
    ...(is?.reason && is.reason !== was?.reason ? [`reason ${is.reason}`] : []),
    ...containerChanges(was?.initContainerStatuses, is?.initContainerStatuses),
    ...containerChanges(was?.containerStatuses, is?.containerStatuses),
    ...conditionChanges(was?.conditions, is?.conditions),
    ...valueChange('pod IP', was?.podIP, is?.podIP),
  ]
}

/** Describes a pod's state, as `Running and not Ready`, with the reason where its status gives one. */
export function podState({ metadata, status }: Pod): string {
  const phase = status?.phase ?? 'Pending'
  const scheduled = conditionOf(status?.conditions, 'PodScheduled')
  if (scheduled?.status === 'False') {
    return `${phase}: ${(scheduled.reason ?? 'unscheduled').toLowerCase()}: ${scheduled.message ?? ''}`
  }
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]
  const stuck = containers.flatMap(stuckText)
  const ready = conditionOf(status?.conditions, 'Ready')?.status === 'True'
  const readiness = phase === 'Running' ? (ready ? ' and Ready' : ' and not Ready') : ''
  const reason = status?.reason
    ? ` (${[status.reason, status.message].filter(Boolean).join(': ')})`
    : ''
  const going = metadata?.deletionTimestamp ? ', being deleted' : ''
  return [`${phase}${readiness}${reason}${going}`, ...stuck].join('; ')
}

function conditionOf<T extends { readonly type: string }>(all: readonly T[] = [], type: string) {
  return all.find((each) => each.type === type)
}

const startingReasons: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing'])

function stuckText({ name, state, lastState, restartCount }: ContainerStatus): readonly string[] {
  const reason = state?.waiting?.reason
  if (!reason || startingReasons.has(reason)) return []
  const ended = lastState?.terminated
  const last = ended ? ` after exit code ${ended.exitCode}` : ''
  const text = state.waiting?.message ? `: ${state.waiting.message}` : ''
  return [`container ${name} ${reason}${last}, ${restartCount} restarts${ended ? '' : text}`]
}

function bound(before: Pod | undefined, after: Pod): readonly string[] {
  const node = after.spec?.nodeName
  return node && node !== before?.spec?.nodeName ? [`bound to ${node}`] : []
}

function containerChanges(
  before: readonly ContainerStatus[] = [],
  after: readonly ContainerStatus[] = [],
): readonly string[] {
  const held = new Map(before.map((each) => [each.name, each]))
  return after.flatMap((is) => {
    const parts = containerChange(held.get(is.name), is)
    return parts.length > 0 ? [`container ${is.name} ${parts.join(', ')}`] : []
  })
}

function containerChange(was: ContainerStatus | undefined, is: ContainerStatus): readonly string[] {
  const text = stateText(is.state)
  return [
    ...(text === stateText(was?.state) ? [] : [text]),
    ...(was && was.ready !== is.ready ? [is.ready ? 'ready' : 'not ready'] : []),
    ...(is.restartCount > (was?.restartCount ?? 0) ? [`restart ${is.restartCount}`] : []),
  ]
}

function stateText(state: ContainerState | undefined): string {
  if (state?.running) return 'running'
  if (state?.terminated) {
    const { exitCode, reason } = state.terminated
    return `exited with code ${exitCode}${reason ? ` (${reason})` : ''}`
  }
  return state?.waiting?.reason ? `waiting ${state.waiting.reason}` : 'waiting'
}
