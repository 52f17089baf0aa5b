/** The shape of `src/api/generated/schema.json`; `src/api/served/schema.ts` reads it. */
export interface SchemaFile {
  readonly types: Readonly<Record<string, TypeEntry>>
}

export interface TypeEntry {
  /** Set where the JSON object is replaced as a whole by server-side apply. */
  readonly structType?: 'atomic'
  /** Set where JSON carries apiVersion and kind. */
  readonly typeMeta?: true
  /** Set where JSON holds the one field that is set, without its name. */
  readonly form?: string
  readonly fields: Readonly<Record<string, FieldEntry>>
}

export interface FieldEntry {
  /** A scalar form, the full name of a type, `[]` before an element, `map[…]` around a value. */
  readonly type: string
  /** The protobuf field number. */
  readonly number: number
  /** Numbers of the messages that hold the field on the wire, outermost first; flat in JSON. */
  readonly within?: readonly number[]
  readonly required?: true
  readonly listType?: 'atomic' | 'set' | 'map'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic'
  /** Overrides, for this field, how the type it refers to is merged. */
  readonly structType?: 'atomic' | 'granular'
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  /** Set where a scalar tells absence from zero. */
  readonly pointer?: true
  readonly default?: unknown
  readonly enum?: readonly string[]
}
