import { encodeJson } from '#machinery'
import type { ApiSchema, FieldSchema, FieldType, ScalarForm, TypeSchema } from '#machinery/schema'
import type { GroupVersionKind } from '../served/kinds.ts'
import type { Descriptions, OpenApiSchema } from './served.ts'

/** Version 2 keeps no defaults and allows no alternatives; version 3 has both. */
export type OpenApiVersion = 2 | 3

export interface DefinitionContext {
  readonly schema: ApiSchema
  readonly dialect: OpenApiVersion
  readonly descriptions: Descriptions
  /** The kinds that a type serves as, for `x-kubernetes-group-version-kind`. */
  readonly kindsOf: (type: string) => readonly GroupVersionKind[]
}

/** Scalars that are types of their own in OpenAPI. */
const scalarTypes: Partial<Record<ScalarForm, string>> = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  microTime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  duration: 'io.k8s.apimachinery.pkg.apis.meta.v1.Duration',
  rawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  fieldsV1: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
  json: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON',
}

const patchType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch'

/** Definitions that are no objects of fields. */
const opaque: ReadonlyMap<string, Readonly<Record<OpenApiVersion, OpenApiSchema>>> = new Map([
  [
    scalarTypes.quantity!,
    {
      2: { type: 'string' },
      3: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    },
  ],
  [
    scalarTypes.intOrString!,
    {
      2: { type: 'string', format: 'int-or-string' },
      3: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
    },
  ],
  [scalarTypes.time!, both({ type: 'string', format: 'date-time' })],
  [scalarTypes.microTime!, both({ type: 'string', format: 'date-time' })],
  [scalarTypes.duration!, both({ type: 'string' })],
  [scalarTypes.rawExtension!, both({ type: 'object' })],
  [scalarTypes.fieldsV1!, both({ type: 'object' })],
  [scalarTypes.json!, both({})],
  [patchType, both({ type: 'object' })],
])

function both(schema: OpenApiSchema): Readonly<Record<OpenApiVersion, OpenApiSchema>> {
  return { 2: schema, 3: schema }
}

/** The definition of one type. @throws Error when neither the schema nor OpenAPI has it. */
function definitionOf(context: DefinitionContext, name: string): OpenApiSchema {
  const description = context.descriptions.type(name)
  const known = opaque.get(name)
  const type = known ? undefined : context.schema.type(name)
  if (!known && !type) throw new Error(`no definition of ${name}`)
  const kinds = context.kindsOf(name)
  return {
    ...(description !== undefined && { description }),
    ...(known ? known[context.dialect] : structure(context, type!)),
    ...(kinds.length > 0 && {
      'x-kubernetes-group-version-kind': kinds.map(({ group, version, kind }) => ({
        group,
        kind,
        version,
      })),
    }),
  }
}

function structure(context: DefinitionContext, type: TypeSchema): OpenApiSchema {
  if (type.union) return {}
  const required = type.fields.filter((field) => !field.isOptional).map((field) => field.name)
  const meta = type.hasTypeMeta ? ['apiVersion', 'kind'] : []
  const properties = [
    ...meta.map((name) => [name, metaProperty(context, type, name)] as const),
    ...type.fields.map((field) => [field.name, property(context, type, field)] as const),
  ].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    type: 'object',
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
    ...(required.length > 0 && { required }),
    ...(type.structType === 'atomic' && { 'x-kubernetes-map-type': 'atomic' }),
  }
}

function metaProperty(context: DefinitionContext, type: TypeSchema, name: string): OpenApiSchema {
  const description = context.descriptions.field(type.name, name)
  return { ...(description !== undefined && { description }), type: 'string' }
}

function property(context: DefinitionContext, type: TypeSchema, field: FieldSchema): OpenApiSchema {
  const hasDefault = context.dialect === 3 && field.default !== undefined
  const text = textOf(context, type, field)
  return wrapReference(context, {
    ...(text !== undefined && { description: text + enumText(field.enum) }),
    ...valueSchema(context, field.type, field.enum),
    ...(hasDefault && { default: field.default }),
    ...extensions(field),
  })
}

/** The text of the field, or else of the type it refers to: packages lack texts beside a `$ref`. */
function textOf(
  context: DefinitionContext,
  type: TypeSchema,
  field: FieldSchema,
): string | undefined {
  const own = context.descriptions.field(type.name, field.name)
  if (own !== undefined || field.type.kind !== 'ref') return own
  return context.descriptions.type(field.type.name)
}

/** How upstream appends the values of a closed type to a description. */
function enumText(values: readonly string[] | undefined): string {
  if (!values) return ''
  const lines = values.map((value) => ` - \`${encodeJson(value)}\``)
  return ['\n\nPossible enum values:', ...lines].join('\n')
}

/** In version 3 a reference with siblings is one of `allOf`, since siblings would be ignored. */
function wrapReference(context: DefinitionContext, value: OpenApiSchema): OpenApiSchema {
  const { $ref, ...siblings } = value
  if (context.dialect === 2 || $ref === undefined || Object.keys(siblings).length === 0) {
    return value
  }
  return { ...siblings, allOf: [{ $ref }] }
}

function extensions(field: FieldSchema): OpenApiSchema {
  const mapType = field.mapType ?? field.structType
  return {
    ...(field.listMapKeys && { 'x-kubernetes-list-map-keys': field.listMapKeys }),
    ...(field.listType && { 'x-kubernetes-list-type': field.listType }),
    ...(mapType && { 'x-kubernetes-map-type': mapType }),
    ...(field.patchMergeKey && { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
    ...(field.patchStrategy && { 'x-kubernetes-patch-strategy': field.patchStrategy.join(',') }),
  }
}

function valueSchema(
  context: DefinitionContext,
  type: FieldType,
  values?: readonly string[],
): OpenApiSchema {
  switch (type.kind) {
    case 'ref':
      return { $ref: reference(context.dialect, type.name) }
    case 'list':
      return { type: 'array', items: element(context, type.element, values) }
    case 'map':
      return { type: 'object', additionalProperties: element(context, type.value, values) }
    case 'scalar':
      return scalarSchema(context, type.scalar, values)
  }
}

/** Elements are never absent, so that version 3 gives them the zero value as default. */
function element(
  context: DefinitionContext,
  type: FieldType,
  values?: readonly string[],
): OpenApiSchema {
  const schema = valueSchema(context, type, values)
  const zero = zeroOf(type)
  if (context.dialect === 2 || zero === undefined) return schema
  return wrapReference(context, { ...schema, default: zero })
}

function zeroOf(type: FieldType): unknown {
  if (type.kind === 'ref') return {}
  if (type.kind !== 'scalar') return undefined
  if (type.scalar === 'string') return ''
  return type.scalar === 'int32' || type.scalar === 'int64' ? 0 : undefined
}

const plainScalars: Partial<Record<ScalarForm, OpenApiSchema>> = {
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  double: { type: 'number', format: 'double' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  string: { type: 'string' },
}

function scalarSchema(
  context: DefinitionContext,
  scalar: ScalarForm,
  values?: readonly string[],
): OpenApiSchema {
  if (scalar === 'stringList') {
    return { type: 'array', items: element(context, { kind: 'scalar', scalar: 'string' }) }
  }
  const plain = plainScalars[scalar]
  if (plain) return values ? { ...plain, enum: values } : plain
  return { $ref: reference(context.dialect, scalarTypes[scalar]!) }
}

/** Where a document keeps its definitions. */
export function reference(dialect: OpenApiVersion, name: string): string {
  return `${dialect === 2 ? '#/definitions/' : '#/components/schemas/'}${name}`
}

/** Definitions of the types named and of all that they refer to, by name, sorted. */
export function definitionsFrom(
  context: DefinitionContext,
  roots: Iterable<string>,
  customSchemas: ReadonlyMap<string, OpenApiSchema> = new Map(),
): Record<string, OpenApiSchema> {
  const definitions = new Map<string, OpenApiSchema>()
  const pending = [...roots]
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (definitions.has(name)) continue
    const definition = customSchemas.get(name) ?? definitionOf(context, name)
    definitions.set(name, definition)
    pending.push(...referencesIn(definition))
  }
  return Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string'
      ? [part.slice(part.lastIndexOf('/') + 1)]
      : referencesIn(part),
  )
}
