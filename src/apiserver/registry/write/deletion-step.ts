import {
  deepEqual,
  formatTime,
  type KubeObject,
  parseTime,
  type Stored,
  type Strategy,
} from '#machinery'
import { type DecodedDeleteOptions, finalizersAfter } from '../options/delete-options.ts'

/** What a delete does to an object as it stands (upstream: rest.BeforeDelete and registry's Store.Delete). */
export type DeletionStep =
  /** It is leaving already, and this delete changes nothing about it. */
  | { readonly kind: 'pending' }
  /** It stays, marked, until its grace is over and its finalizers are gone. */
  | { readonly kind: 'mark'; readonly object: KubeObject }
  /** Observers see the mark before the object goes. */
  | { readonly kind: 'markAndRemove'; readonly object: KubeObject }
  | { readonly kind: 'remove' }

/** Decides what a delete does to an object in its present state; pure. */
export function deletionStep(
  strategy: Strategy,
  current: Stored,
  { options, nowMs }: { readonly options: DecodedDeleteOptions; readonly nowMs: number },
): DeletionStep {
  if (strategy.firstDeletion && current.metadata.deletionTimestamp === undefined) {
    return { kind: 'mark', object: strategy.firstDeletion(current, nowMs) }
  }
  const grace = gracefulMark(strategy, current, { options, nowMs })
  if (grace.kind === 'pending') return { kind: 'pending' }
  const finalizers = finalizersAfter(current, options, strategy.defaultPropagation)
  if (grace.kind === 'graceful') {
    const object = withFinalizers(grace.object, finalizers)
    const stays = finalizers.length > 0 || grace.seconds > 0
    return { kind: stays ? 'mark' : 'markAndRemove', object }
  }
  const marked = withFinalizers(markedNow(current, nowMs), finalizers)
  // What has a phase of leaving (a Namespace) enters it first, also when nothing holds it.
  const mustEnter = strategy.beginDeletion && current.metadata.deletionTimestamp === undefined
  const isHeld = finalizers.length > 0 || strategy.holdsDeletion?.(marked)
  if (!mustEnter && !isHeld) return { kind: 'remove' }
  const object = strategy.beginDeletion?.(withoutGrace(marked)) ?? marked
  return deepEqual(object, current) ? { kind: 'pending' } : { kind: 'mark', object }
}

/**
 * Whether an update ends a deletion: the object waits for nothing any more, so it goes instead of being
 * written (upstream: `ShouldDeleteDuringUpdate`). When and how it was marked for deletion is read from
 * the stored object, as no update may say it; what still holds it, from the updated one.
 */
export function isFinalized(strategy: Strategy, updated: KubeObject, existing: Stored): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = existing.metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds > 0) return false
  if (updated.metadata?.finalizers?.length) return false
  return !strategy.holdsDeletion?.(updated)
}

type Grace =
  | { readonly kind: 'none' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'graceful'; readonly object: Stored; readonly seconds: number }

function gracefulMark(
  strategy: Strategy,
  current: Stored,
  { options, nowMs }: { readonly options: DecodedDeleteOptions; readonly nowMs: number },
): Grace {
  if (!strategy.gracePeriod) return { kind: 'none' }
  const { deletionTimestamp, deletionGracePeriodSeconds: heldSeconds } = current.metadata
  const requested = options.gracePeriodSeconds
  if (deletionTimestamp !== undefined) {
    // A server that stopped between mark and removal leaves 0 behind.
    if (!heldSeconds) return { kind: 'none' }
    if (requested === undefined || requested >= heldSeconds) return { kind: 'pending' }
    const shortenedMs = (parseTime(deletionTimestamp) ?? nowMs) + (requested - heldSeconds) * 1000
    // Whoever ends it is still to see that it ends: what is over by now is shortened to the least grace.
    const seconds = shortenedMs < nowMs && requested !== 0 ? 1 : requested
    const object = withDeletion(current, { atMs: Math.max(shortenedMs, nowMs), seconds })
    return { kind: 'graceful', object, seconds }
  }
  const seconds = strategy.gracePeriod(current, requested)
  if (seconds === undefined) return { kind: 'none' }
  const marked = withDeletion(current, { atMs: nowMs + seconds * 1000, seconds })
  return { kind: 'graceful', object: withNextGeneration(marked), seconds }
}

/** Marks an object without grace; one that is marked already keeps its time if that is earlier. */
function markedNow(current: Stored, nowMs: number): Stored {
  const { deletionTimestamp, deletionGracePeriodSeconds } = current.metadata
  const heldMs = deletionTimestamp === undefined ? undefined : parseTime(deletionTimestamp)
  const marked = withDeletion(current, { atMs: Math.min(heldMs ?? nowMs, nowMs), seconds: 0 })
  const isFirst = deletionTimestamp === undefined && deletionGracePeriodSeconds === undefined
  return isFirst ? withNextGeneration(marked) : marked
}

function withDeletion(
  object: Stored,
  { atMs, seconds }: { readonly atMs: number; readonly seconds: number },
): Stored {
  const deletion = { deletionTimestamp: formatTime(atMs), deletionGracePeriodSeconds: seconds }
  return { ...object, metadata: { ...object.metadata, ...deletion } }
}

/** What is held by something besides finalizers (a Namespace) leaves without any grace. */
function withoutGrace(object: Stored): Stored {
  const { deletionGracePeriodSeconds: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function withNextGeneration(object: Stored): Stored {
  const { generation } = object.metadata
  if (!generation) return object
  return { ...object, metadata: { ...object.metadata, generation: generation + 1 } }
}

function withFinalizers(object: Stored, finalizers: readonly string[]): Stored {
  const { finalizers: held, ...metadata } = object.metadata
  if (held === finalizers || (!held && finalizers.length === 0)) return object
  return {
    ...object,
    metadata: finalizers.length > 0 ? { ...metadata, finalizers } : metadata,
  }
}
