import type { PreparedDevice } from '#host'
import type { KubeletWorld } from '../model/world.ts'

/** A claim that drivers of this node have been, or are about to be, asked to prepare. */
export interface ClaimRecord {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly podUids: readonly string[]
  readonly isPrepared: boolean
  /** What each driver has prepared. */
  readonly drivers: Readonly<Record<string, readonly PreparedDevice[]>>
}

/** The claims of a node, in a file of its state, so that what was prepared before a restart is known after it. */
export interface ClaimCache {
  get(namespace: string, name: string): ClaimRecord | undefined
  all(): readonly ClaimRecord[]
  /** Keeps these records, and forgets the others named; resolves once that is in the file. */
  change(
    kept: readonly ClaimRecord[],
    forgotten: readonly ClaimRecord[],
    signal: AbortSignal,
  ): Promise<void>
}

const mostBytes = 4 * 1024 * 1024
const keyOf = ({ namespace, name }: Pick<ClaimRecord, 'namespace' | 'name'>) =>
  `${namespace}/${name}`

/** Reads what was known before; what cannot be read counts as nothing, and drivers are asked again. */
export async function openClaimCache(
  { host, log }: Pick<KubeletWorld, 'host' | 'log'>,
  signal: AbortSignal,
): Promise<ClaimCache> {
  const path = `${host.paths.state}/dra_manager_state`
  const records = new Map<string, ClaimRecord>()
  const bytes = await host.files.read(path, mostBytes, signal)
  if (bytes) {
    try {
      // Cast: this very file is written below.
      const { claims } = JSON.parse(Buffer.from(bytes).toString()) as { claims: ClaimRecord[] }
      for (const record of claims) records.set(keyOf(record), record)
    } catch (error) {
      log.warn('the state of device claims cannot be read', { path, error: `${error}` })
    }
  }
  let writing = Promise.resolve()
  const save = async () => {
    const text = JSON.stringify({ version: 1, claims: [...records.values()] })
    await host.files.write(path, Buffer.from(text), 0o600, signal)
  }
  return {
    get: (namespace, name) => records.get(keyOf({ namespace, name })),
    all: () => [...records.values()],
    async change(kept, forgotten) {
      for (const record of kept) records.set(keyOf(record), record)
      for (const record of forgotten) records.delete(keyOf(record))
      writing = writing.then(save, save)
      await writing
    },
  }
}
