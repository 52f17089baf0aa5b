import type { ApiSchema, FieldSchema, FieldType } from '../schema.ts'

/** How a value is owned: as a whole, or part by part. */
export type Ownership =
  | { readonly kind: 'leaf' }
  /** A struct or a map: each field on its own. */
  | { readonly kind: 'fields'; child(name: string): Ownership }
  /** A list whose elements are told apart by some of their fields. */
  | {
      readonly kind: 'keyed'
      readonly keys: readonly string[]
      /** Values of keys that an element may leave out (`protocol: TCP`). */
      readonly defaults: Readonly<Record<string, unknown>>
      readonly element: Ownership
    }
  /** A list of scalars of which each is owned on its own. */
  | { readonly kind: 'set' }

const leaf: Ownership = Object.freeze({ kind: 'leaf' })

/** Ownership of a type of the API by its name; every part is looked up when it is first needed. */
export function ownershipOf(schema: ApiSchema, typeName: string): Ownership {
  const type = schema.type(typeName)
  if (!type || type.structType === 'atomic' || type.union) return leaf
  return {
    kind: 'fields',
    child(name) {
      const field = type.field(name)
      return field ? ofField(schema, field) : leaf
    },
  }
}

function ofField(schema: ApiSchema, field: FieldSchema): Ownership {
  if (field.structType === 'atomic' || field.mapType === 'atomic') return leaf
  const { type } = field
  if (type.kind !== 'list') return ofType(schema, type)
  if (field.listType === 'set') return { kind: 'set' }
  if (field.listType !== 'map') return leaf
  const keys = field.listMapKeys ?? []
  return {
    kind: 'keyed',
    keys,
    defaults: defaultsOf(schema, type.element, keys),
    element: ofType(schema, type.element),
  }
}

function ofType(schema: ApiSchema, type: FieldType): Ownership {
  if (type.kind === 'ref') return ownershipOf(schema, type.name)
  if (type.kind === 'map') {
    const value = ofType(schema, type.value)
    return { kind: 'fields', child: () => value }
  }
  return leaf
}

function defaultsOf(
  schema: ApiSchema,
  element: FieldType,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  const type = element.kind === 'ref' ? schema.type(element.name) : undefined
  const known = keys.map((key) => [key, type?.field(key)?.default] as const)
  return Object.fromEntries(known.filter(([, value]) => value !== undefined))
}
