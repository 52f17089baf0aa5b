import type { Key, StoredValue } from '../contract/store.ts'
import type { KeyValue } from './messages.ts'

/** Names keys below the root under which a store lives in a shared etcd. */
export interface Keys {
  encode(key: Key): Uint8Array
  /** What a prefix covers, from `from` on. */
  range(prefix: Key, from?: Key): { readonly key: Uint8Array; readonly rangeEnd: Uint8Array }
  value(kv: KeyValue): StoredValue
  decode(bytes: Uint8Array): Key
}

export function createKeys(root: string): Keys {
  const rootBytes = Buffer.byteLength(root)
  const encode = (key: Key) => Buffer.from(root + key)
  const decode = (bytes: Uint8Array) => Buffer.from(bytes.subarray(rootBytes)).toString()
  return {
    encode,
    decode,
    range: (prefix, from = '') => ({
      key: encode(from > prefix ? from : prefix),
      rangeEnd: afterPrefix(encode(prefix)),
    }),
    value(kv) {
      return Object.freeze({
        key: decode(kv.key),
        value: Object.freeze({ bytes: kv.value }),
        created: kv.createRevision,
        modified: kv.modRevision,
        version: kv.version,
      })
    },
  }
}

/** The key by which a watch of a prefix is told how far it has come; none of the store's own has this byte. */
export function sentinelOf(prefix: Key): Key {
  return `${prefix}\0progress`
}

/** Whether a key marks progress, and so is none of the store's. */
export function isSentinel(key: Key): boolean {
  return key.endsWith('\0progress')
}

/** The first key behind a prefix; UTF-8 has no byte 0xff, so that the last byte can be counted up. */
function afterPrefix(prefix: Buffer): Uint8Array {
  const end = Buffer.from(prefix)
  end[end.length - 1] = (end.at(-1) ?? 0) + 1
  return end
}
