import type {
  ApiSchema,
  FieldSchema,
  FieldType,
  ScalarForm,
  TypeSchema,
  UnionForm,
} from './schema.ts'
import {
  anySchema,
  type ListSchema,
  type ObjectSchema,
  type PlainForm,
  type ScalarSchema,
  type SchemaField,
  type SchemaNode,
  type UnionSchema,
} from './schema-node.ts'
import { zerosOf } from './zeros.ts'

/**
 * The view of the API's schema that decoding and patches walk. Nodes are made when first asked for
 * and kept, so types may contain themselves.
 * @throws Error for the name of a type that the schema does not have.
 */
export function schemaView(schema: ApiSchema): (typeName: string) => SchemaNode {
  const nodes = new Map<string, SchemaNode>()
  const view = (name: string): SchemaNode => {
    const known = nodes.get(name)
    if (known) return known
    const type = schema.type(name)
    if (!type) throw new Error(`the schema has no type ${name}`)
    const node = type.union ? unionNode(type, type.union, view) : objectNode(type, view, schema)
    nodes.set(name, node)
    return node
  }
  return view
}

type View = (typeName: string) => SchemaNode

const string: ScalarSchema = Object.freeze({ kind: 'scalar', form: 'string' })
const bool: ScalarSchema = Object.freeze({ kind: 'scalar', form: 'bool' })
const strings: ListSchema = Object.freeze({ kind: 'list', items: string })
const typeMeta: SchemaField = Object.freeze({ schema: string })

function objectNode(type: TypeSchema, view: View, schema: ApiSchema): ObjectSchema {
  const fields = new Map<string, SchemaField>()
  return {
    kind: 'object',
    name: goName(type.name),
    zeros: zerosOf(type, schema.type),
    field: (name) => {
      if (type.hasTypeMeta && (name === 'apiVersion' || name === 'kind')) return typeMeta
      let field = fields.get(name)
      if (field) return field
      const found = type.field(name)
      if (!found) return undefined
      field = fieldNode(found, view)
      fields.set(name, field)
      return field
    },
  }
}

function fieldNode(field: FieldSchema, view: View): SchemaField {
  return {
    schema: nodeOf(field.type, view),
    required: !field.isOptional,
    ...(field.patchStrategy ? { patchStrategies: field.patchStrategy } : {}),
    ...(field.patchMergeKey === undefined ? {} : { patchMergeKey: field.patchMergeKey }),
  }
}

function nodeOf(type: FieldType, view: View): SchemaNode {
  switch (type.kind) {
    case 'scalar':
      return scalarNode(type.scalar)
    case 'ref':
      return view(type.name)
    case 'list':
      return { kind: 'list', items: nodeOf(type.element, view) }
    case 'map':
      return { kind: 'map', values: nodeOf(type.value, view) }
  }
}

function scalarNode(form: ScalarForm): SchemaNode {
  if (form === 'stringList') return strings
  if (form === 'rawExtension' || form === 'fieldsV1' || form === 'json') return anySchema
  return { kind: 'scalar', form: form satisfies PlainForm }
}

/** The type's own fields say what the alternatives are: one schema, and a list or nothing. */
function unionNode(type: TypeSchema, union: UnionForm, view: View): UnionSchema {
  const alternative = (kind: FieldType['kind']) => {
    const field = type.fields.find((candidate) => candidate.type.kind === kind)
    return field ? nodeOf(field.type, view) : anySchema
  }
  return {
    kind: 'union',
    choose: (value) => {
      if (union === 'schemaOrBool' && typeof value === 'boolean') return bool
      const isList = union !== 'schemaOrBool' && Array.isArray(value)
      return alternative(isList ? 'list' : 'ref')
    },
  }
}

/** `io.k8s.api.core.v1.PodSpec` is `v1.PodSpec` in Go's messages. */
function goName(name: string): string {
  return name.split('.').slice(-2).join('.')
}
