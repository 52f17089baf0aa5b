import { ownText } from './text.ts'

/**
 * The same pure function, which remembers what it gave for the last `limit` keys: what is read again
 * and again (a time, a quantity, a script) is read once. Errors and undefined are not remembered. When
 * there are too many it forgets all of them, which costs less than to know which was used last.
 * Texts longer than `maxLength` are never kept: where they come from outside they would fill the memory.
 */
export function memoized<K, V>(
  compute: (key: K) => V,
  limit: number,
  maxLength = Number.POSITIVE_INFINITY,
): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    if (typeof key === 'string' && key.length > maxLength) return compute(key)
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    const kept = owned(key)
    const value = compute(kept)
    if (value === undefined) return value
    if (known.size >= limit) known.clear()
    known.set(kept, value)
    return value
  }
}

/** A key, and what is made of it, may be kept for long; the text that it was cut from may not. */
function owned<K>(key: K): K {
  // Cast: of a text it makes the same text.
  return typeof key === 'string' ? (ownText(key) as K & string) : key
}
