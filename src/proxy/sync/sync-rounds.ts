import { type Clock, createFlag, type Flag, type Logger, messageOf } from '#lib'

/** How often something is put in force, and with what clock and log. */
export interface SyncRhythm {
  readonly clock: Clock
  readonly log: Logger
  /** Shortest time between two rounds (kube-proxy's `minSyncPeriod`: 1 s). */
  readonly minSyncPeriodMs?: number
  /** Longest time between two rounds without any change (kube-proxy's `syncPeriod`: 30 s). */
  readonly syncPeriodMs?: number
}

/** What is done each round. */
export interface SyncRound {
  /** Calls `changed` whenever another round may do something else. */
  subscribe(changed: () => void): Disposable
  /** Resolves once rounds may begin. */
  whenSynced(signal: AbortSignal): Promise<void>
  /** Answers whether the next round is due even if nothing changes. */
  apply(signal: AbortSignal): Promise<'repeat' | 'rest'>
  /** Said in the log when `apply` fails. */
  readonly failure: string
}

const defaultMinSyncPeriodMs = 1000
const defaultSyncPeriodMs = 30_000

/**
 * Does rounds until `signal` aborts. A change after a quiet time counts at once, further ones are
 * collected for `minSyncPeriodMs`; a failure is logged and tried again after as long.
 */
export async function syncInRounds(
  round: SyncRound,
  rhythm: SyncRhythm,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = rhythm
  const minSyncPeriodMs = rhythm.minSyncPeriodMs ?? defaultMinSyncPeriodMs
  const restMs = (rhythm.syncPeriodMs ?? defaultSyncPeriodMs) - minSyncPeriodMs
  const changes = createFlag()
  using _subscription = round.subscribe(changes.raise)
  try {
    await round.whenSynced(signal)
    while (!signal.aborted) {
      changes.clear()
      const next = await applied(round, { changes, log: rhythm.log }, signal)
      if (next === 'repeat') await clock.sleep(minSyncPeriodMs, signal)
      await changes.raised(clock, next === 'repeat' ? restMs : undefined, signal)
      // Changes that arrive at the same instant are one.
      await clock.turn()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function applied(
  round: SyncRound,
  { changes, log }: { readonly changes: Flag; readonly log: Logger },
  signal: AbortSignal,
): Promise<'repeat' | 'rest'> {
  try {
    return await round.apply(signal)
  } catch (error) {
    signal.throwIfAborted()
    log.error(round.failure, { error: messageOf(error) })
    changes.raise()
    return 'repeat'
  }
}
