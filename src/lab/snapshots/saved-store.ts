import type { MemoryStore, StoreSnapshot } from '#store'

/** A saved store is the values of a store at one revision as plain JSON, their bytes as latin-1. */
export interface SavedStore {
  readonly revision: number
  readonly values: readonly (Omit<StoreSnapshot['values'][number], 'value'> & {
    readonly value: string
  })[]
}

/** Saves the values that a store has now. */
export function saveStore(store: MemoryStore): SavedStore {
  const { revision, values } = store.snapshot()
  return {
    revision,
    values: values.map((each) => ({
      ...each,
      value: Buffer.from(each.value.bytes).toString('latin1'),
    })),
  }
}

/** Turns a saved store into what a new store can start from. */
export function loadStore({ revision, values }: SavedStore): StoreSnapshot {
  return {
    revision,
    values: values.map((each) => ({
      ...each,
      value: { bytes: Buffer.from(each.value, 'latin1') },
    })),
  }
}
