import { apiSchema, type CustomResourceDefinition, type OpenApiSchema } from '#api'
import { deducedType, type OwnedType, ownedTypes } from '#machinery/apply'
import { type SchemaNode, schemaView } from '#machinery/schema'
import type { FieldErrors } from '#machinery/validation'

/** One version of a kind, as its definition says it. */
export type DefinedVersion = CustomResourceDefinition['spec']['versions'][number]

/** What the schema of a version means for its objects, in each of the forms that serving needs. */
export interface CustomType {
  /** What decoding makes of an object. */
  readonly schema: SchemaNode
  readonly ownedType: OwnedType
  /** The object with the defaults of the schema; itself where it lacks none. */
  withDefaults<T extends object>(object: T): T
  validate(object: object, options?: ValidateOptions): FieldErrors
  openApi(dialect: 2 | 3): OpenApiSchema
  /** What an object of another time or version is under this schema, without its unknown fields. */
  pruned<T extends object>(object: T): T
}

interface ValidateOptions {
  /** What stands already: what was wrong with it may stay. */
  readonly old?: object
  /** Only the status is written. */
  readonly part?: 'status'
}

const metaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const metadata = schemaView(apiSchema)(metaName)
const ownedMetadata = ownedTypes(apiSchema)(metaName)
const ownedString: OwnedType = Object.freeze({ scalar: 'string' })

/** The type of a version. */
export function customTypeOf(_version: DefinedVersion): CustomType {
  return {
    schema: { kind: 'custom', metadata, prune: (value) => ({ value, unknownFields: [] }) },
    ownedType: openType,
    withDefaults: (object) => object,
    validate: () => [],
    openApi: () => ({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
    pruned: (object) => object,
  }
}

const known = new Map<string, OwnedType>([
  ['apiVersion', ownedString],
  ['kind', ownedString],
  ['metadata', ownedMetadata],
])

/** An object of which nothing but its metadata is known. */
const openType: OwnedType = Object.freeze({
  map: {
    isAtomic: false,
    field(name: string) {
      const type = known.get(name)
      return type && { type: () => type, default: undefined, isRequired: false }
    },
    fieldNames: [...known.keys()],
    element: () => deducedType,
  },
})
