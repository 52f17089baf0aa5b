/**
 * What is known of the types of the API: one model from which decoding and pruning, patches, field
 * ownership, OpenAPI and the protobuf codec derive.
 */
export interface ApiSchema {
  /** The type of that name (`io.k8s.api.core.v1.Pod`), or undefined. */
  type(name: string): TypeSchema | undefined
  /** The names of all types, sorted. */
  readonly names: readonly string[]
}

/** The schema of a type: its fields, and how it is owned. */
export interface TypeSchema {
  readonly name: string
  /** Whether JSON carries apiVersion and kind besides the fields. */
  readonly hasTypeMeta: boolean
  /** How server-side apply owns it: as a whole, or field by field. */
  readonly structType: 'atomic' | 'granular'
  /** Set where JSON is not an object of the fields but the value of the one field that is set. */
  readonly union?: UnionForm
  /** In the order of upstream's definition. */
  readonly fields: readonly FieldSchema[]
  field(name: string): FieldSchema | undefined
}

/** A JSON schema, or instead of it an array of schemas, a boolean, or an array of strings. */
export type UnionForm = 'schemaOrArray' | 'schemaOrBool' | 'schemaOrStringArray'

/** The schema of one field: its type, and how it is decoded, merged and owned. */
export interface FieldSchema {
  /** The name in JSON. */
  readonly name: string
  readonly type: FieldType
  /** False where OpenAPI lists the field as required. */
  readonly isOptional: boolean
  /**
   * Set for a scalar of which zero differs from absence (`replicas: 0`). Others lose their zero
   * values when upstream writes them, unless those are the `default`.
   */
  readonly keepsZero?: true
  /** How server-side apply owns a list; absent means atomic. */
  readonly listType?: 'atomic' | 'set' | 'map'
  /** The fields that identify an element of a list of type map. */
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic'
  /** Overrides `TypeSchema.structType` of the type that the field refers to. */
  readonly structType?: 'atomic' | 'granular'
  /** How a strategic merge patch treats the field; absent means replace. */
  readonly patchStrategy?: readonly PatchStrategy[]
  readonly patchMergeKey?: string
  /** The value upstream writes when none is given: a declared default, or the zero value. */
  readonly default?: unknown
  /** The values of a closed string type, sorted. In lists and maps: of the elements. */
  readonly enum?: readonly string[]
  readonly protobuf: {
    readonly number: number
    /** Numbers of the messages that enclose the field on the wire only, outermost first. */
    readonly within: readonly number[]
  }
}

export type PatchStrategy = 'merge' | 'replace' | 'retainKeys'

/** The type of a field: a scalar, a reference to a type by name, or a list or map of these. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarForm }
  | { readonly kind: 'ref'; readonly name: string }
  | { readonly kind: 'list'; readonly element: FieldType }
  /** Keys are strings. */
  | { readonly kind: 'map'; readonly value: FieldType }

/** Leaves of the schema by their form in JSON. */
export type ScalarForm =
  | 'bool'
  /** Base64. */
  | 'bytes'
  | 'double'
  | 'int32'
  /** A JSON number; beyond 2^53 it is refused, since digits would be lost. */
  | 'int64'
  | 'string'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  /** A span of time as Go writes it: `1m30s`. */
  | 'duration'
  /** An object of any kind. */
  | 'rawExtension'
  /** A set of field paths. */
  | 'fieldsV1'
  /** Any JSON value. */
  | 'json'
  /** A list of strings that is a message of its own on the wire (`ExtraValue`, `Verbs`). */
  | 'stringList'
