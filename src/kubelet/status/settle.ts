import type { ContainerStatus } from '#api'

export interface Settled {
  readonly init: readonly ContainerStatus[]
  readonly regular: readonly ContainerStatus[]
}

/**
 * The containers of a pod that was stopped for good: what may have run and has left no trace counts
 * as ended badly. What was never its turn goes on waiting, so that a pod whose init container failed
 * says just that (upstream: statusManager.TerminatePod).
 */
export function settle({ init, regular }: Settled): Settled {
  const reached = reachedInits(init)
  return {
    init: init.map((status, index) => (index < reached ? ended(status) : status)),
    regular: wasInitialized(init, regular) ? regular.map(ended) : regular,
  }
}

function ended(status: ContainerStatus): ContainerStatus {
  if (status.state?.terminated) return status
  const message = 'The container could not be located when the pod was terminated'
  return {
    ...status,
    state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message } },
  }
}

/** Upstream: hasPodInitialized. */
function wasInitialized(
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
): boolean {
  const last = init.at(-1)
  if (!last) return true
  if (regular.some(hasRun)) return true
  return [last.lastState, last.state].some((state) => state?.terminated?.exitCode === 0)
}

function hasRun({ state, lastState }: ContainerStatus): boolean {
  return Boolean(state?.running || state?.terminated || lastState?.terminated)
}

/** How many of them had their turn; the first one always did (upstream: initializedContainers). */
function reachedInits(init: readonly ContainerStatus[]): number {
  const last = init.findLastIndex(
    ({ state, lastState }) => !state?.waiting || lastState?.terminated,
  )
  return Math.max(1, last + 1)
}
