import { derived } from '#lib'
/**
 * What server-side apply knows of a type: which parts of a value are owned on their own, and how
 * two values of it are merged. The meaning is that of structured-merge-diff's schema; a type allows
 * a value to be any of the forms that it has (`IntOrString`, unknown JSON).
 */
export interface OwnedType {
  readonly scalar?: ScalarType
  readonly list?: OwnedList
  readonly map?: OwnedMap
}

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped'

/** An atomic list is owned as a whole; another one item by item: by its keys, or as a set. */
export interface OwnedList {
  readonly isAtomic: boolean
  element(): OwnedType
  /** Sorted by name; none for a set of scalars. */
  keys(): readonly ListKey[]
}

export interface ListKey {
  readonly name: string
  /** Stands for a key that an item omits; undefined when it must not. */
  readonly default: unknown
}

/** A struct (fields), a map (elements), or both. Atomic ones are owned as a whole. */
export interface OwnedMap {
  readonly isAtomic: boolean
  /** The fields that have a name in the schema: such a field is owned through its parts. */
  field(name: string): OwnedField | undefined
  readonly fieldNames: readonly string[]
  /** The type of other members; undefined when there must be none. */
  element(): OwnedType | undefined
}

export interface OwnedField {
  /** Of a type that the schema lacks: anything is allowed, and owned as a whole. */
  type(): OwnedType
  readonly default: unknown
  /** Whether upstream's empty object has the field, as null when there is no default. */
  readonly isRequired: boolean
}

/** Any JSON, owned as a whole. */
export const atomicType: OwnedType = Object.freeze({
  scalar: 'untyped',
  list: atomicList(() => atomicType),
  map: openMap({ isAtomic: true, element: () => atomicType }),
})

/** Objects of a kind without schema: maps are owned by member, lists as a whole. */
export const deducedType: OwnedType = Object.freeze({
  scalar: 'untyped',
  list: atomicList(() => atomicType),
  map: openMap({ isAtomic: false, element: () => deducedType }),
})

/**
 * What an object of the type holds before anything is set: the parts that upstream's Go structs
 * always have. Tracking compares a new object with this one, which is why `f:spec` is not a member
 * of what its creator owns, but `f:labels` is.
 */
export const emptyValue: (type: OwnedType) => Readonly<Record<string, unknown>> = derived(
  (type) => {
    const entries: [string, unknown][] = []
    for (const name of type.map?.fieldNames ?? []) {
      const field = type.map!.field(name)!
      const value = emptyField(field)
      if (value !== undefined) entries.push([name, value])
    }
    return Object.freeze(Object.fromEntries(entries))
  },
)

/** A default other than the zero value is set by defaulting, so an empty object lacks it. */
function emptyField(field: OwnedField): unknown {
  const value = field.default
  if (value === '' || value === 0 || value === false) return value
  if (typeof value === 'object' && value !== null) return emptyValue(field.type())
  return field.isRequired && value === undefined ? null : undefined
}

/** A list that is owned as a whole. */
export function atomicList(element: () => OwnedType): OwnedList {
  return Object.freeze({ isAtomic: true, element, keys: () => [] })
}

function openMap(rules: Pick<OwnedMap, 'isAtomic' | 'element'>): OwnedMap {
  return Object.freeze({ ...rules, field: () => undefined, fieldNames: Object.freeze([]) })
}

/** Remembers the first result. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The keys of a list from their names and the type of its items. */
export function listKeys(names: readonly string[], element: OwnedType): readonly ListKey[] {
  return Object.freeze(
    names.toSorted().map((name) => ({ name, default: element.map?.field(name)?.default })),
  )
}
