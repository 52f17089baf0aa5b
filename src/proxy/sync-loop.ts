import { type Clock, createFlag, type Logger, messageOf } from '#lib'
import type { Network } from '#network'
import { createTableMaker, type ProxyInputs } from './table.ts'

/** Where the loop gets what it programs. */
export interface ProxySource {
  read(): ProxyInputs
  /** Calls `changed` whenever another reading may differ. */
  subscribe(changed: () => void): Disposable
  /** Resolves once a reading is complete: an early one would cut services off. */
  whenSynced(signal: AbortSignal): Promise<void>
}

/** How often a network is programmed, and with what clock and log. */
export interface SyncLoopOptions {
  readonly network: Pick<Network, 'program' | 'nameServer'>
  readonly clock: Clock
  readonly log: Logger
  /** Shortest time between two programmings (kube-proxy's `minSyncPeriod`: 1 s). */
  readonly minSyncPeriodMs?: number
  /** Longest time between two programmings without any change (kube-proxy's `syncPeriod`: 30 s). */
  readonly syncPeriodMs?: number
}

const defaultMinSyncPeriodMs = 1000
const defaultSyncPeriodMs = 30_000

/**
 * Keeps a network programmed with what a source says, until `signal` aborts. A change after a quiet
 * time is programmed at once, further ones are collected for `minSyncPeriodMs`; a failure is logged
 * and tried again after as long.
 */
export async function keepProgrammed(
  source: ProxySource,
  options: SyncLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, network } = options
  const minSyncPeriodMs = options.minSyncPeriodMs ?? defaultMinSyncPeriodMs
  const syncPeriodMs = options.syncPeriodMs ?? defaultSyncPeriodMs
  const changes = createFlag()
  using _subscription = source.subscribe(changes.raise)
  const makeTable = createTableMaker()
  try {
    await source.whenSynced(signal)
    while (!signal.aborted) {
      changes.clear()
      await network.program(makeTable(source.read()), signal).catch((error: unknown) => {
        signal.throwIfAborted()
        options.log.error('services are not routed as they should be', { error: messageOf(error) })
        changes.raise()
      })
      await clock.sleep(minSyncPeriodMs, signal)
      await changes.raised(clock, syncPeriodMs - minSyncPeriodMs, signal)
      // Changes that arrive at the same instant are one.
      await clock.turn()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
