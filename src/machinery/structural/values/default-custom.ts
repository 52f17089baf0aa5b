import { derived } from '#lib'
import { freezeDeep } from '../../meta/encoded.ts'
import { withEntries, withItems } from '../../values/share.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { isMap, type JsonMap } from './json.ts'
import { prunedDefault } from './prune-custom.ts'

/**
 * Puts in the defaults of a schema: for what is absent, and for nulls that it does not allow. Defaults
 * are themselves completed. What needs none is shared with the input.
 */
export function defaultCustom<T extends JsonMap>(object: T, structural: Structural | undefined): T {
  // Cast: members were put into the object, nothing else.
  return withDefaults(object, structural) as T
}

function withDefaults(value: unknown, node: Structural | undefined): unknown {
  if (node === undefined) return value
  if (isMap(value)) return mapWithDefaults(value, node)
  if (!Array.isArray(value)) return value
  const { items } = node
  if (!items) return value
  return withItems<unknown>(value, (item) => withDefaults(replaced(item, items), items))
}

function mapWithDefaults(map: JsonMap, node: Structural): JsonMap {
  const others = schemaOfOthers(node)
  const completed = withEntries(map, (name, child) => {
    const schema = node.properties.get(name) ?? others
    return schema ? withDefaults(replaced(child, schema), schema) : child
  })
  const added: [string, unknown][] = []
  for (const [name, schema] of node.properties) {
    if (schema.default === undefined || Object.hasOwn(map, name)) continue
    added.push([name, withDefaults(defaultOf(schema), schema)])
  }
  return added.length > 0 ? { ...completed, ...Object.fromEntries(added) } : completed
}

/** The default as objects are given it, found once for each schema that has one. */
const defaultOf = derived((schema: Structural): unknown => freezeDeep(prunedDefault(schema)))

/** The default instead of a null that the schema does not allow. */
function replaced(value: unknown, schema: Structural): unknown {
  if (value !== null || schema.isNullable) return value
  return schema.default === undefined ? null : defaultOf(schema)
}
