/** An object of a file, before anybody knows what it holds. */
export type SettingsRecord = Readonly<Record<string, unknown>>

/** What has been read, and what is wrong with it. */
export interface Read<T> {
  readonly value: T
  readonly faults: readonly string[]
}

/** The value as an object; what is none is an empty one. */
export function record(value: unknown): SettingsRecord {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  // Cast: an object of JSON has texts for keys.
  return isObject ? (value as SettingsRecord) : {}
}

/** The texts of a list; what is none is left out. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

export function unknownKeys(object: SettingsRecord, known: readonly string[]): readonly string[] {
  return Object.keys(object).filter((key) => !known.includes(key))
}
