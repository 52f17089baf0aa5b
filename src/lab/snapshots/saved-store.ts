import type { MemoryStore, StoreSnapshot } from '#store'

/** A store's values at one revision as plain JSON; bytes as latin-1. */
export interface SavedStore {
  readonly revision: number
  readonly values: readonly (Omit<StoreSnapshot['values'][number], 'value'> & {
    readonly value: string
  })[]
}

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

export function loadStore({ revision, values }: SavedStore): StoreSnapshot {
  return {
    revision,
    values: values.map((each) => ({
      ...each,
      value: { bytes: Buffer.from(each.value, 'latin1') },
    })),
  }
}
