import {
  type CelField,
  type CelType,
  celTypes,
  escapeFieldName,
  listType,
  mapType,
  objectType,
} from '#cel'
import type { ApiSchema, FieldType, ScalarForm } from '#machinery/schema'
import type { Structural } from '#machinery/structural'
import { declaredType } from './declared-type.ts'

const metaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** The type of the objects of a kind of the API, for the check of expressions about them. */
export function builtInType(schema: ApiSchema, typeName: string, name: string): CelType {
  return structType(schema, { typeName, name, around: new Set() })
}

/** The type of the objects of a custom kind; undefined without a schema. */
export function customType(
  schema: ApiSchema,
  structural: Structural,
  name: string,
): CelType | undefined {
  const type = declaredType(structural, true, name)
  if (type?.kind !== 'object') return type
  const metadata = builtInType(schema, metaName, `${name}.metadata`)
  const fields = new Map(type.fields)
  fields.set('metadata', { name: 'metadata', type: metadata })
  return { ...type, fields }
}

interface StructPlace {
  readonly typeName: string
  readonly name: string
  /** The types in which this one stands: what contains itself is not followed. */
  readonly around: ReadonlySet<string>
}

function structType(schema: ApiSchema, { typeName, name, around }: StructPlace): CelType {
  const found = schema.type(typeName)
  if (!found || found.union || around.has(typeName)) return objectType(name, {})
  const within = new Set(around).add(typeName)
  const fields = new Map<string, CelField>()
  const add = (field: string, type: CelType | undefined) => {
    const written = escapeFieldName(field)
    if (type && written !== undefined) fields.set(written, { name: field, type })
  }
  if (found.hasTypeMeta) for (const field of ['apiVersion', 'kind']) add(field, celTypes.string)
  for (const { name: field, type } of found.fields) {
    add(field, fieldType(schema, type, { name: `${name}.${field}`, around: within }))
  }
  return { kind: 'object', name, fields }
}

function fieldType(
  schema: ApiSchema,
  type: FieldType,
  place: Omit<StructPlace, 'typeName'>,
): CelType | undefined {
  switch (type.kind) {
    case 'scalar':
      return scalars[type.scalar]
    case 'ref':
      return structType(schema, { ...place, typeName: type.name })
    case 'list': {
      const element = fieldType(schema, type.element, { ...place, name: `${place.name}.@idx` })
      return element && listType(element)
    }
    case 'map': {
      const value = fieldType(schema, type.value, { ...place, name: `${place.name}.@elem` })
      return value && mapType(celTypes.string, value)
    }
  }
}

const anyObject = objectType('object', {})

/** What OpenAPI says of scalars; any JSON has no type there, and so no expression can read it. */
const scalars: Readonly<Record<ScalarForm, CelType | undefined>> = {
  bool: celTypes.bool,
  bytes: celTypes.bytes,
  double: celTypes.double,
  int32: celTypes.int,
  int64: celTypes.int,
  string: celTypes.string,
  quantity: celTypes.string,
  intOrString: celTypes.intOrString,
  time: celTypes.timestamp,
  microTime: celTypes.timestamp,
  duration: celTypes.string,
  rawExtension: anyObject,
  fieldsV1: anyObject,
  json: undefined,
  stringList: listType(celTypes.string),
}
