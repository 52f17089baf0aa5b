import { withEntries, withItems } from '../../values/share.ts'
import type { Structural } from '../model/structural.ts'
import { coerceEmbedded } from './embedded.ts'
import { isMap, type JsonMap } from './json.ts'
import { withoutNulls } from './nulls.ts'
import { createTrail, type Trail } from './trail.ts'

/** A custom resource as it was decoded. */
export interface PrunedCustom<T> {
  /** Shares with the input whatever needed no change. */
  readonly value: T
  /** Paths of fields that the schema does not have, sorted: `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[]
}

/**
 * Makes of a custom resource what upstream's decoding makes of it: fields that the schema does not have
 * go, nulls go where neither the schema allows them nor a default takes their place, metadata of embedded
 * resources is decoded. `apiVersion`, `kind` and `metadata` of the object itself stay as they are.
 * Without a schema everything else is unknown.
 * @throws Error for embedded metadata that cannot be decoded.
 */
export function pruneCustom<T extends JsonMap>(
  object: T,
  structural: Structural | undefined,
  { preserveUnknownFields = false }: { readonly preserveUnknownFields?: boolean } = {},
): PrunedCustom<T> {
  const trail = createTrail()
  let value: unknown = object
  if (!preserveUnknownFields) {
    value = pruneMap(object, structural, { trail, isResource: true })
    value = withoutNulls(value, structural)
  }
  const unknownFields = trail.unknownFields.toSorted()
  const inMetadata = createTrail()
  value = coerceEmbedded(value, structural, inMetadata)
  return {
    // Cast: members were left out of the object, nothing else.
    value: value as T,
    unknownFields: [...unknownFields, ...inMetadata.unknownFields.toSorted()],
  }
}

/** A default as it is given to objects: without what the schema would not let them keep. */
export function prunedDefault(node: Structural): unknown {
  const pruned = pruneValue(node.default, node, createTrail())
  try {
    return coerceEmbedded(pruned, node, createTrail())
  } catch {
    return pruned
  }
}

/** Whether nothing of a value goes under a schema. */
export function isPruned(value: unknown, node: Structural): boolean {
  return pruneValue(value, node, createTrail()) === value
}

/** A node may be undefined: nothing is known of what stands there, and no member stays. */
function pruneValue(value: unknown, node: Structural | undefined, trail: Trail): unknown {
  if (isMap(value)) {
    return pruneMap(value, node, { trail, isResource: node?.isEmbedded ?? false })
  }
  if (!Array.isArray(value)) return value
  // Below a list whose unknown fields stay, those of the items stay as well.
  const inside = node?.preservesUnknown ? skipPrune : pruneValue
  return withItems<unknown>(value, (item, i) => {
    trail.enter(i)
    const pruned = inside(item, node?.items, trail)
    trail.leave()
    return pruned
  })
}

/** Unknown members stay; those that the schema has are pruned as ever. */
function skipPrune(value: unknown, node: Structural | undefined, trail: Trail): unknown {
  if (node === undefined) return value
  if (isMap(value)) {
    return pruneMap(value, node, { trail, isResource: node.isEmbedded, keepsUnknown: true })
  }
  if (!Array.isArray(value)) return value
  return withItems<unknown>(value, (item, i) => {
    trail.enter(i)
    const pruned = skipPrune(item, node.items, trail)
    trail.leave()
    return pruned
  })
}

interface MapPruning {
  readonly trail: Trail
  /** Whether apiVersion, kind and metadata are those of a resource, known without a schema. */
  readonly isResource: boolean
  readonly keepsUnknown?: boolean
}

function pruneMap(
  map: JsonMap,
  node: Structural | undefined,
  { trail, isResource, keepsUnknown = node?.preservesUnknown ?? false }: MapPruning,
): JsonMap {
  return withEntries(map, (name, child) => {
    if (isResource && metaFields.has(name)) return child
    const property = node?.properties.get(name)
    if (property !== undefined || node?.additional !== undefined) {
      const others = typeof node?.additional === 'object' ? node.additional : undefined
      trail.enter(name)
      const pruned = pruneValue(child, property ?? others, trail)
      trail.leave()
      return pruned
    }
    if (keepsUnknown) return child
    trail.note(name)
    return undefined
  })
}

const metaFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])
