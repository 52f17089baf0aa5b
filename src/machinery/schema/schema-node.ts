import type { PatchStrategy, ScalarForm } from './schema.ts'

/**
 * What the machinery needs to know of a type: enough to decode it as Go would and to merge it. The
 * API's kinds and the structural schemas of custom resources both have this view.
 */
export type SchemaNode =
  | ObjectSchema
  | MapSchema
  | ListSchema
  | UnionSchema
  | ScalarSchema
  | AnySchema
  | CustomSchema

/** A struct: its fields are known. */
export interface ObjectSchema {
  readonly kind: 'object'
  /** Its Go name with the package, `v1.PodSpec`, for messages. */
  readonly name: string
  field(name: string): SchemaField | undefined
  /** What stands in the place of required fields that are not given; absent where there are none. */
  readonly zeros?: Zeros | undefined
  /** True where fields that are not known stay (custom resources that ask for it). */
  readonly keepsUnknown?: boolean
}

/** Frozen values by the names of the fields that they stand for. */
export type Zeros = ReadonlyMap<string, unknown>

/** A map with string keys. */
export interface MapSchema {
  readonly kind: 'map'
  readonly values: SchemaNode
}

export interface ListSchema {
  readonly kind: 'list'
  readonly items: SchemaNode
}

/** One of several types, told apart by the value: a JSON schema or a list of them. */
export interface UnionSchema {
  readonly kind: 'union'
  choose(value: unknown): SchemaNode
}

export interface ScalarSchema {
  readonly kind: 'scalar'
  readonly form: PlainForm
}

/** Anything at all, kept as it is: raw extensions, field sets. */
export interface AnySchema {
  readonly kind: 'any'
}

/** A custom resource, whose schema was written by its users: only its metadata is a struct. */
export interface CustomSchema {
  readonly kind: 'custom'
  readonly metadata: SchemaNode
  /**
   * Makes of an object with decoded metadata what its schema leaves of it; the very same value where
   * that is all of it.
   */
  prune(object: object): { readonly value: object; readonly unknownFields: readonly string[] }
}

/** The forms of scalars that have an inside: the others are lists, or anything at all. */
export type PlainForm = Exclude<ScalarForm, 'rawExtension' | 'fieldsV1' | 'json' | 'stringList'>

export interface SchemaField {
  readonly schema: SchemaNode
  /** Required fields keep an empty list or map; Go leaves out optional ones that are empty. */
  readonly required?: boolean
  /** The words of `x-kubernetes-patch-strategy`. */
  readonly patchStrategies?: readonly PatchStrategy[]
  readonly patchMergeKey?: string
}

export const anySchema: AnySchema = Object.freeze({ kind: 'any' })
