import { apiSchema, type CustomResourceDefinition, type OpenApiSchema } from '#api'
import { type OwnedType, ownedTypes } from '#machinery/apply'
import { type SchemaNode, schemaView } from '#machinery/schema'
import {
  customOpenApi,
  defaultCustom,
  ownedCustomType,
  parseStructural,
  pruneCustom,
  validateCustom,
} from '#machinery/structural'
import type { FieldErrors } from '#machinery/validation'
import { objectMetaNodes } from '../discovery/custom-schemas.ts'

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

/** Whether fields stay that the schema of a version lacks, for kinds of before there were schemas. */
type Keeping = { readonly preserveUnknownFields?: boolean }

/** The type of a version. */
export function customTypeOf(
  { schema }: DefinedVersion,
  { preserveUnknownFields = false }: Keeping,
): CustomType {
  const props = schema?.openAPIV3Schema
  const structural = props && parseStructural(props, metadata)
  const keeping = { preserveUnknownFields: preserveUnknownFields || !structural }
  const pruned = (object: object) => pruneCustom(membersOf(object), structural, keeping)
  return {
    schema: { kind: 'custom', metadata, prune: pruned },
    ownedType: ownedCustomType(structural, ownedMetadata, keeping.preserveUnknownFields),
    withDefaults<T extends object>(object: T): T {
      // Cast: with defaults it is still what it was.
      return defaultCustom(membersOf(object), structural) as T
    },
    validate: (object, { old, part } = {}) =>
      validateCustom(membersOf(object), structural, {
        ...(old && { old: membersOf(old) }),
        ...(part && { part }),
      }),
    openApi: (dialect) =>
      customOpenApi(structural, { dialect, meta: objectMetaNodes(dialect), ...keeping }),
    pruned: (object) => readable(object, pruned),
  }
}

function membersOf(object: object): Readonly<Record<string, unknown>> {
  // Cast: it was decoded from JSON.
  return object as Readonly<Record<string, unknown>>
}

/** What has been stored stays readable when the schema has changed since. */
function readable<T extends object>(
  object: T,
  pruned: (object: object) => { readonly value: object },
): T {
  try {
    // Cast: it lacks fields at most that its type does not name.
    return pruned(object).value as T
  } catch {
    return object
  }
}
