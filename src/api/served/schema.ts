import type {
  ApiSchema,
  FieldSchema,
  FieldType,
  ScalarForm,
  TypeSchema,
  UnionForm,
} from '#machinery/schema'
import schemaFile from '../generated/schema.json' with { type: 'json' }

/** A type and a field as `generated/schema.json` writes them; what is absent is the usual case. */
interface TypeEntry {
  readonly structType?: 'atomic'
  readonly typeMeta?: true
  readonly form?: UnionForm
  readonly fields: Readonly<Record<string, FieldEntry>>
}

interface FieldEntry {
  readonly type: string
  readonly number: number
  readonly within?: readonly number[]
  readonly required?: true
  readonly listType?: 'atomic' | 'set' | 'map'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic'
  readonly structType?: 'atomic' | 'granular'
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  readonly pointer?: true
  readonly default?: unknown
  readonly enum?: readonly string[]
}

/** The types of the served API, from which all that depends on structure derives. */
export const apiSchema: ApiSchema = schemaOf(
  schemaFile.types as unknown as Readonly<Record<string, TypeEntry>>,
)

/** Types are made from their entries when first asked for: most are never needed. */
function schemaOf(entries: Readonly<Record<string, TypeEntry>>): ApiSchema {
  const types = new Map<string, TypeSchema>()
  return {
    names: Object.freeze(Object.keys(entries)),
    type(name) {
      const known = types.get(name)
      if (known || !Object.hasOwn(entries, name)) return known
      const type = typeOf(name, entries[name]!)
      types.set(name, type)
      return type
    },
  }
}

function typeOf(name: string, entry: TypeEntry): TypeSchema {
  const fields = Object.entries(entry.fields).map(([key, field]) => fieldOf(key, field))
  const byName = new Map(fields.map((field) => [field.name, field]))
  return Object.freeze({
    name,
    hasTypeMeta: entry.typeMeta === true,
    structType: entry.structType ?? 'granular',
    ...(entry.form && { union: entry.form }),
    fields: Object.freeze(fields),
    field: (jsonName: string) => byName.get(jsonName),
  })
}

function fieldOf(name: string, entry: FieldEntry): FieldSchema {
  const { type, number, within = [], required, pointer, patchStrategy, ...rest } = entry
  return Object.freeze({
    name,
    type: parseFieldType(type),
    isOptional: !required,
    ...(pointer && { keepsZero: true as const }),
    ...(patchStrategy && { patchStrategy: strategies(patchStrategy) }),
    ...rest,
    protobuf: Object.freeze({ number, within }),
  })
}

function strategies(text: string): NonNullable<FieldSchema['patchStrategy']> {
  return Object.freeze(text.split(',')) as NonNullable<FieldSchema['patchStrategy']>
}

/** `[]T`, `map[T]`, the dotted name of a type, or the name of a scalar form. */
function parseFieldType(text: string): FieldType {
  if (text.startsWith('[]')) return { kind: 'list', element: parseFieldType(text.slice(2)) }
  if (text.startsWith('map[')) return { kind: 'map', value: parseFieldType(text.slice(4, -1)) }
  return text.includes('.')
    ? { kind: 'ref', name: text }
    : { kind: 'scalar', scalar: text as ScalarForm }
}
