import { readFileSync } from 'node:fs'
import type { Clock, Logger, Random } from '#lib'
import {
  compactPeriodically,
  createMemoryStore,
  openDurableStore,
  openEtcdStore,
  type Store,
} from '#store'

/** Where a cluster keeps its objects; files are named by absolute paths. */
export type StoreChoice =
  /** In the data directory. */
  | { readonly kind: 'leveldb' }
  /** Nowhere: they are gone when the process ends. */
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'etcd'
      /** Each member as `scheme://host:port`. */
      readonly servers: readonly string[]
      readonly caFile?: string
      readonly certFile?: string
      readonly keyFile?: string
    }

export interface StoreWorld {
  /** Of LevelDB. */
  readonly directory: string
  /** Remembers, beside the keys, whose store LevelDB's has to be. */
  readonly boundBy: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/**
 * Opens the store that was chosen. @throws KnarrError `StoreUnavailable` when etcd does not answer, and
 * those of `openDurableStore`.
 */
export async function openStore(
  choice: StoreChoice,
  { directory, boundBy, clock, random, log }: StoreWorld,
  signal: AbortSignal,
): Promise<Store> {
  if (choice.kind === 'leveldb') return openDurableStore({ directory, boundBy, clock })
  if (choice.kind === 'memory') return createMemoryStore({ clock })
  const { servers, caFile, certFile, keyFile } = choice
  const tls = {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  }
  const isSecure = servers.some((server) => server.startsWith('https://'))
  await using opened = new AsyncDisposableStack()
  const store = await openEtcdStore({
    endpoints: servers,
    ...(isSecure ? { tls } : {}),
    clock,
    random,
  })
  opened.use(store)
  // A cluster without its store would wait for it without a word.
  await store.currentRevision()
  opened.move()
  void compactPeriodically(store, { clock, log }, signal)
  return store
}
