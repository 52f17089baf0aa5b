import type { Trigger } from '#machinery'
import type { ObservedPod } from '../../model/observed.ts'
import { observation } from '../../model/triggers.ts'
import { verdictsOf } from '../../probes/pod-probes.ts'
import type { WaitingReason } from '../../status/container-status.ts'
import { isAsPlanned } from '../plan.ts'
import { observe, observedOf, type PodContext, podOf } from '../pod-context.ts'
import { publish } from '../publish.ts'
import { resizesOf } from '../resizing.ts'
import { syncPod } from './sync-pod.ts'

/**
 * Brings a pod one step nearer to its spec, and says what has become of it. A status that is the
 * pod's last one ends it instead. Gives the milliseconds until the next step is due, if one is.
 */
export async function sync(
  context: PodContext,
  because: Trigger,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { shared, waiting, refresh } = context
  if (context.machine().isOutdated) await observe(context, signal)
  const { phase } = publish(context, because)
  if (phase === 'Succeeded' || phase === 'Failed') {
    context.send({ kind: 'ended' })
    return 0
  }
  const before = { observed: observedOf(context), waiting: new Map(waiting) }
  try {
    const follow = (what: string) =>
      refresh.changed(() => context.send({ kind: 'wake', because: observation(what) }))
    const outcome = await syncPod(context, follow, signal)
    return outcome.againInMs
  } finally {
    refresh.synced()
    if (!shared.signal.aborted && hasChanged(context, before)) publish(context, because)
    if (isDone(context)) context.dropReports()
  }
}

/** Whether a sync has come to anything that the status does not say yet. */
function hasChanged(
  context: PodContext,
  before: {
    readonly observed: ObservedPod
    readonly waiting: ReadonlyMap<string, WaitingReason>
  },
): boolean {
  const { waiting } = context
  if (observedOf(context) !== before.observed || waiting.size !== before.waiting.size) return true
  return [...waiting].some(([name, reason]) => before.waiting.get(name) !== reason)
}

/** Whether the pod was seen to be as its spec asks for. */
function isDone(context: PodContext): boolean {
  if (context.machine().isOutdated) return false
  const pod = context.resize.granted(podOf(context))
  if (resizesOf(pod, context).length > 0) return false
  return isAsPlanned(pod, observedOf(context), verdictsOf(context.shared.results))
}
