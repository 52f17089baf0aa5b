import {
  apiSchema,
  type CustomResourceDefinition,
  type Descriptions,
  type OpenApiSchema,
} from '#api'
import { type OwnedType, ownedTypes } from '#machinery/apply'
import { type SchemaNode, schemaView } from '#machinery/schema'
import {
  customOpenApi,
  defaultCustom,
  hasRules,
  ownedCustomType,
  parseStructural,
  pruneCustom,
  type Structural,
  validateCustom,
} from '#machinery/structural'
import { type FieldErrors, fieldErrorMessage, fieldPath } from '#machinery/validation'
import { type CustomRules, customRules } from '#rules'
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
  /** What the rules found that an update may leave as it was, when the object was validated. */
  tolerated(object: object): readonly string[]
  openApi(dialect: 2 | 3, descriptions: Descriptions): OpenApiSchema
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
  const ruled = ruling(structural)
  return {
    schema: { kind: 'custom', metadata, prune: pruned },
    ownedType: ownedCustomType(structural, ownedMetadata, keeping.preserveUnknownFields),
    withDefaults<T extends object>(object: T): T {
      // Cast: with defaults it is still what it was.
      return defaultCustom(membersOf(object), structural) as T
    },
    validate(object, { old, part } = {}) {
      const options = { ...(old && { old: membersOf(old) }), ...(part && { part }) }
      const errors = validateCustom(membersOf(object), structural, options)
      return [...errors, ...ruled.validate(object, old, errors)]
    },
    tolerated: ruled.tolerated,
    openApi: (dialect, descriptions) =>
      customOpenApi(structural, {
        dialect,
        meta: objectMetaNodes(dialect, descriptions),
        ...keeping,
      }),
    pruned: (object) => readable(object, pruned),
  }
}

/** Errors that keep rules from being evaluated: the object may not be what they expect. */
const blocking: readonly string[] = [
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]

const unchecked: FieldErrors = [
  {
    type: 'FieldValueInvalid',
    field: `${fieldPath()}`,
    badValue: null,
    detail:
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  },
]

/** Holds objects to the rules of a schema, which are compiled for the first of them. */
function ruling(structural: Structural | undefined) {
  const hasAny = structural !== undefined && hasRules(structural.props)
  const warnings = new WeakMap<object, readonly string[]>()
  let compiled: CustomRules | undefined
  return {
    validate(object: object, old: object | undefined, errors: FieldErrors): FieldErrors {
      if (!hasAny) return []
      compiled ??= customRules(structural)
      if (!compiled) return []
      if (errors.some(({ type }) => blocking.includes(type))) return unchecked
      const broken = compiled.validate(membersOf(object), old ? { old: membersOf(old) } : {})
      if (broken.tolerated.length > 0) {
        warnings.set(object, broken.tolerated.map(fieldErrorMessage))
      }
      return broken.errors
    },
    tolerated: (object: object): readonly string[] => warnings.get(object) ?? [],
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
