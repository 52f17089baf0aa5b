import {
  atomicType,
  listKeys,
  type OwnedField,
  type OwnedList,
  type OwnedMap,
  type OwnedType,
  once,
  type ScalarType,
} from './schema.ts'

/** A schema file of structured-merge-diff, parsed. */
export interface MergeDocument {
  readonly types: readonly MergeDefinition[]
}

interface MergeAtom {
  readonly scalar?: string
  readonly list?: MergeList
  readonly map?: MergeMap
}

interface MergeDefinition extends MergeAtom {
  readonly name: string
}

/** The name of a type or an inlined one; may override how the elements of it are related. */
export interface MergeReference extends MergeAtom {
  readonly namedType?: string
  readonly elementRelationship?: string
}

interface MergeList {
  readonly elementType: MergeReference
  readonly elementRelationship: string
  readonly keys?: readonly string[]
}

interface MergeMap {
  readonly fields?: readonly MergeField[]
  readonly elementType?: MergeReference
  readonly elementRelationship?: string
}

export interface MergeField {
  readonly name: string
  readonly type: MergeReference
  readonly default?: unknown
}

type Resolve = (reference: MergeReference) => OwnedType

/**
 * The types of a schema file by name, undefined where there is none. Each is made when first asked
 * for, so types may contain themselves and those that are never used cost nothing. The format does
 * not say which fields upstream always writes beyond those with a default.
 */
export function documentTypes(document: MergeDocument): (name: string) => OwnedType | undefined {
  const definitions = new Map(document.types.map((type) => [type.name, type]))
  const made = new Map<string, OwnedType>()
  const resolve: Resolve = (reference) => {
    const { namedType, elementRelationship } = reference
    if (namedType === undefined) return ownedType(reference, undefined, resolve)
    const key = `${namedType} ${elementRelationship ?? ''}`
    let type = made.get(key)
    if (type) return type
    const definition = definitions.get(namedType)
    type = definition ? ownedType(definition, elementRelationship, resolve) : atomicType
    made.set(key, type)
    return type
  }
  return (name) => (definitions.has(name) ? resolve({ namedType: name }) : undefined)
}

function ownedType(atom: MergeAtom, override: string | undefined, resolve: Resolve): OwnedType {
  const { scalar, list, map } = atom
  return Object.freeze({
    ...(scalar && { scalar: scalar as ScalarType }),
    ...(list && { list: ownedList(list, map ? undefined : override, resolve) }),
    ...(map && { map: ownedMap(map, override, resolve) }),
  })
}

function ownedList(list: MergeList, override: string | undefined, resolve: Resolve): OwnedList {
  const element = once(() => resolve(list.elementType))
  return Object.freeze({
    isAtomic: (override ?? list.elementRelationship) !== 'associative',
    element,
    keys: once(() => listKeys(list.keys ?? [], element())),
  })
}

function ownedMap(map: MergeMap, override: string | undefined, resolve: Resolve): OwnedMap {
  const fields = new Map(
    (map.fields ?? []).map((field) => [field.name, ownedField(field, resolve)]),
  )
  return Object.freeze({
    isAtomic: (override ?? map.elementRelationship) === 'atomic',
    field: (name: string) => fields.get(name),
    fieldNames: Object.freeze([...fields.keys()]),
    element: once(() => map.elementType && resolve(map.elementType)),
  })
}

function ownedField(field: MergeField, resolve: Resolve): OwnedField {
  return Object.freeze({
    type: once(() => resolve(field.type)),
    default: field.default,
    isRequired: false,
  })
}
