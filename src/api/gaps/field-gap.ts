/** The fields of an object, or the entries of a map. */
export type Fields = Readonly<Record<string, unknown>>

/** Why a field is worth a warning when it is set. */
export interface FieldGap {
  /** What does not happen. */
  readonly missing: string
  /** Only these values are not acted on. */
  readonly values?: readonly unknown[]
  /** Of a map, only the keys that this takes are not acted on. */
  readonly keys?: (key: string) => boolean
  /** The field is acted on after all where its neighbours are such. */
  readonly unless?: (owner: Fields) => boolean
  /** What `keys` and `unless` mean, for the docs. */
  readonly says?: string
}

/** Where below the field of an owner something is set that nobody acts on: '' or a key. */
export function unactedKeys(
  { values, keys, unless }: FieldGap,
  value: unknown,
  owner: Fields,
): readonly string[] {
  if (isEmpty(value) || unless?.(owner)) return []
  if (keys) return Object.keys(fieldsOf(value)).filter(keys)
  return !values || values.includes(value) ? [''] : []
}

/** What Go's zero value is, or an empty list or map: as good as not set. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return Array.isArray(value) && value.length === 0
}

/** The fields of what the schema says is an object or a map. */
export function fieldsOf(value: unknown): Fields {
  // Cast: what is written has been decoded by its schema.
  return value as Fields
}
