import type { StoredBytes } from '#store'

/** A value of the store that can tell whether a write would put it there in another form by now. */
export interface FormedBytes extends StoredBytes {
  isStale(): boolean
}

/** Whether a value was read through what may give it another form in the store. */
export function isFormed(value: StoredBytes): value is FormedBytes {
  return 'isStale' in value
}
