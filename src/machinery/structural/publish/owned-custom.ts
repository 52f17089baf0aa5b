import {
  atomicList,
  atomicType,
  deducedType,
  type OwnedField,
  type OwnedList,
  type OwnedMap,
  type OwnedType,
  once,
  type ScalarType,
} from '../../apply/model/schema.ts'
import { followsRules } from '../check/structural-rules.ts'
import type { Structural } from '../model/structural.ts'
import { schemaOfOthers } from '../model/structural.ts'

/**
 * How the fields of a custom resource are owned, for server-side apply. Without a schema maps are owned by
 * member and lists as a whole; so is what unknown fields hold, where they stay.
 */
export function ownedCustomType(
  structural: Structural | undefined,
  ownedMetadata: OwnedType,
  preserveUnknownFields = false,
): OwnedType {
  if (!structural || !followsRules(structural)) return deducedType
  const root: Structural = { ...structural, isEmbedded: true }
  return ownedType(root, { metadata: ownedMetadata, keepsUnknown: preserveUnknownFields })
}

interface Inherited {
  readonly metadata: OwnedType
  /** Once unknown fields stay somewhere, they stay in all that lies below. */
  readonly keepsUnknown: boolean
}

function ownedType(node: Structural, given: Inherited): OwnedType {
  const within: Inherited = {
    ...given,
    keepsUnknown: given.keepsUnknown || node.preservesUnknown,
  }
  const list = once(() => ownedList(node, within))
  const map = once(() => ownedMap(node, within))
  switch (node.isIntOrString ? '' : node.type) {
    case 'object':
      return Object.freeze({ map: map() })
    case 'array':
      return Object.freeze({ list: list() })
    case '':
      return Object.freeze({ scalar: 'untyped', list: list(), map: map() })
    default:
      return Object.freeze({ scalar: scalarOf(node) })
  }
}

function scalarOf({ type, props: { format = '' } }: Structural): ScalarType {
  if (type === 'integer' || type === 'number') return 'numeric'
  if (type === 'boolean') return 'boolean'
  return format === '' || format === 'byte' ? 'string' : 'untyped'
}

function ownedList(node: Structural, within: Inherited): OwnedList {
  const { items, listType, listMapKeys } = node
  if (!items) return atomicList(() => atomicType)
  const names: readonly string[] = listType === 'map' ? listMapKeys : []
  return Object.freeze({
    isAtomic: listType !== 'set' && listType !== 'map',
    element: once(() => ownedType(items, within)),
    keys: once(() =>
      names.toSorted().map((name) => ({ name, default: items.properties.get(name)?.default })),
    ),
  })
}

const ownedText: OwnedType = Object.freeze({ scalar: 'string' })

function ownedMap(node: Structural, within: Inherited): OwnedMap {
  const fields = new Map<string, OwnedField>()
  for (const [name, child] of node.properties) {
    fields.set(name, fieldOf(once(() => ownedType(child, within))))
  }
  if (node.isEmbedded) {
    for (const name of ['apiVersion', 'kind'])
      fields.set(
        name,
        fieldOf(() => ownedText),
      )
    fields.set(
      'metadata',
      fieldOf(() => within.metadata),
    )
  }
  return Object.freeze({
    isAtomic: node.mapType === 'atomic',
    field: (name: string) => fields.get(name),
    fieldNames: Object.freeze([...fields.keys()]),
    element: elementOf(node, fields.size > 0, within),
  })
}

/** No object has a field before it is set: neither a default nor the zero of a type stands there. */
function fieldOf(type: () => OwnedType): OwnedField {
  return Object.freeze({ type, default: undefined, isRequired: false })
}

function elementOf(
  node: Structural,
  hasFields: boolean,
  within: Inherited,
): () => OwnedType | undefined {
  const others = schemaOfOthers(node)
  if (others) return once(() => ownedType(others, within))
  if (node.additional !== undefined) return () => (node.additional ? deducedType : undefined)
  return () => (within.keepsUnknown || !hasFields ? deducedType : undefined)
}
