import { type Logger, messageOf } from '#lib'
import type { Store, StoredBytes, StoredChange, StoredValue, Write } from '#store'
import { resourceOfKey } from '../cache/keys.ts'
import type { FormedBytes } from '../stored/formed-bytes.ts'
import { UnreadableValueError } from '../stored/unreadable.ts'
import type { Encryption } from './encryption.ts'
import { identity, type Transformer } from './providers.ts'

/**
 * A store that holds values as an encryption asks for: sealed when they are written, opened when they
 * are read, bound to their key. Whatever is beneath it (files, backups, an etcd) sees no plain value.
 */
export function encryptedStore(store: Store, encryption: Encryption, log: Logger): Store {
  const transformerOf = (key: string) => encryption.transformerOf(resourceOfKey(key))
  const world = { transformerOf, log }
  const opened = (stored: StoredValue): StoredValue => ({
    ...stored,
    value: openedValue(stored, world),
  })
  const openedChange = ({ key, before, after }: StoredChange): StoredChange => ({
    key,
    ...(before && { before: opened(before) }),
    ...(after && { after: opened(after) }),
  })
  const sealedWrite = (write: Write): Write => {
    if (write.kind === 'delete') return write
    const transformer = transformerOf(write.key)
    if (transformer === identity) return write
    return { ...write, value: new SealedValue(write.value, write.key, transformer) }
  }
  return {
    ...(store.maxRequestBytes !== undefined && { maxRequestBytes: store.maxRequestBytes }),
    async range(query) {
      const result = await store.range(query)
      return { ...result, values: result.values.map(opened) }
    },
    async get(key, at) {
      const found = await store.get(key, at)
      return found && opened(found)
    },
    async commit(guards, writes) {
      const result = await store.commit(guards, writes.map(sealedWrite))
      if (!result.ok)
        return { ok: false, current: result.current.map((each) => each && opened(each)) }
      return { ...result, changes: result.changes.map(openedChange) }
    },
    async *watch(prefix, after, signal) {
      for await (const commits of store.watch(prefix, after, signal)) {
        yield commits.map((commit) => ({ ...commit, changes: commit.changes.map(openedChange) }))
      }
    },
    requestProgress: (prefix) => store.requestProgress(prefix),
    currentRevision: () => store.currentRevision(),
    compact: (at) => store.compact(at),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

interface Opening {
  readonly transformerOf: (key: string) => Transformer
  readonly log: Logger
}

/** What is written. It remembers what it was made from: whoever wrote it need not decrypt it. */
class SealedValue implements StoredBytes {
  readonly plain: StoredBytes
  readonly #key: string
  readonly #transformer: Transformer
  #bytes: Uint8Array | undefined

  constructor(plain: StoredBytes, key: string, transformer: Transformer) {
    this.plain = plain
    this.#key = key
    this.#transformer = transformer
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.#transformer.seal(this.plain.bytes, this.#key)
    return this.#bytes
  }
}

function openedValue({ key, value }: StoredValue, { transformerOf, log }: Opening): StoredBytes {
  const isStale = () => {
    const transformer = transformerOf(key)
    if (transformer === identity && !(value instanceof SealedValue)) return false
    try {
      return transformer.open(value.bytes, key).isStale
    } catch {
      return true
    }
  }
  const plain = value instanceof SealedValue ? value.plain : value
  if ('object' in plain) return new WrittenValue(plain, isStale)
  return new ReadValue(value, isStale, () => {
    try {
      return transformerOf(key).open(value.bytes, key).bytes
    } catch (error) {
      log.error('failed to decrypt data', { key, error: messageOf(error) })
      throw new UnreadableValueError(messageOf(error), error)
    }
  })
}

/** A value that this process has written, with the object that it was made from. */
class WrittenValue implements FormedBytes {
  readonly isStale: () => boolean
  readonly object: unknown
  readonly #plain: StoredBytes

  constructor(plain: StoredBytes & { readonly object: unknown }, isStale: () => boolean) {
    this.#plain = plain
    this.object = plain.object
    this.isStale = isStale
  }

  get bytes(): Uint8Array {
    return this.#plain.bytes
  }

  get characters(): number {
    return this.#plain.characters ?? this.#plain.bytes.length
  }
}

/** A value that comes from the store's files, opened when somebody looks at it. */
class ReadValue implements FormedBytes {
  readonly isStale: () => boolean
  /** About as many: what is sealed is as long as what is plain. */
  readonly characters: number
  readonly #open: () => Uint8Array
  #bytes: Uint8Array | undefined

  constructor(value: StoredBytes, isStale: () => boolean, open: () => Uint8Array) {
    this.characters = value.characters ?? value.bytes.length
    this.isStale = isStale
    this.#open = open
  }

  /** @throws UnreadableValueError */
  get bytes(): Uint8Array {
    this.#bytes ??= this.#open()
    return this.#bytes
  }
}
