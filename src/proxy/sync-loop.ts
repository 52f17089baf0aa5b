import type { Network } from '#network'
import { type SyncRhythm, type SyncRound, syncInRounds } from './sync/sync-rounds.ts'
import { createTableMaker, type ProxyInputs } from './table.ts'

/** Where the loop gets what it programs. */
export interface ProxySource {
  read(): ProxyInputs
  /** Calls `changed` whenever another reading may differ. */
  subscribe(changed: () => void): Disposable
  /** Resolves once a reading is complete: an early one would cut services off. */
  whenSynced(signal: AbortSignal): Promise<void>
}

/** Which network is programmed, how often, and with what clock and log. */
export interface SyncLoopOptions extends SyncRhythm {
  readonly network: Pick<Network, 'program' | 'nameServer'>
}

/** Keeps a network programmed with what a source says, until `signal` aborts. */
export async function keepProgrammed(
  source: ProxySource,
  options: SyncLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  const makeTable = createTableMaker()
  const { network } = options
  const round: SyncRound = {
    subscribe: source.subscribe,
    whenSynced: source.whenSynced,
    apply: async (roundSignal) => {
      await network.program(makeTable(source.read()), roundSignal)
      return 'repeat'
    },
    failure: 'services are not routed as they should be',
  }
  await syncInRounds(round, options, signal)
}
