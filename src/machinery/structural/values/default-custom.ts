import { derived } from '#lib'
import { freezeDeep } from '../../meta/encoded.ts'
import { requestEntityTooLarge } from '../../status/status-errors.ts'
import { encodeJson } from '../../values/json.ts'
import { withEntries, withItems } from '../../values/share.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { isMap, type JsonMap } from './json.ts'
import { prunedDefault } from './prune-custom.ts'

/** As much text as the defaults of one object may add to it: a few letters could ask for gigabytes. */
const maxAddedLength = 1 << 24

interface Budget {
  addedLength: number
}

/**
 * Puts in the defaults of a schema: for what is absent, and for nulls that it does not allow. Defaults
 * are themselves completed. What needs none is shared with the input.
 * @throws StatusError 413 where the defaults make of the object what nobody could store.
 */
export function defaultCustom<T extends JsonMap>(object: T, structural: Structural | undefined): T {
  // Cast: members were put into the object, nothing else.
  return withDefaults(object, structural, { addedLength: 0 }) as T
}

function withDefaults(value: unknown, node: Structural | undefined, budget: Budget): unknown {
  if (node === undefined) return value
  if (isMap(value)) return mapWithDefaults(value, node, budget)
  if (!Array.isArray(value)) return value
  const { items } = node
  if (!items) return value
  return withItems<unknown>(value, (item) =>
    withDefaults(replaced(item, items, budget), items, budget),
  )
}

function mapWithDefaults(map: JsonMap, node: Structural, budget: Budget): JsonMap {
  const others = schemaOfOthers(node)
  const completed = withEntries(map, (name, child) => {
    const schema = node.properties.get(name) ?? others
    return schema ? withDefaults(replaced(child, schema, budget), schema, budget) : child
  })
  const added: [string, unknown][] = []
  for (const [name, schema] of node.properties) {
    if (schema.default === undefined || Object.hasOwn(map, name)) continue
    added.push([name, withDefaults(defaultOf(schema, budget), schema, budget)])
  }
  return added.length > 0 ? { ...completed, ...Object.fromEntries(added) } : completed
}

/** The default instead of a null that the schema does not allow. */
function replaced(value: unknown, schema: Structural, budget: Budget): unknown {
  if (value !== null || schema.isNullable) return value
  return schema.default === undefined ? null : defaultOf(schema, budget)
}

function defaultOf(schema: Structural, budget: Budget): unknown {
  const { value, length } = servedDefault(schema)
  budget.addedLength += length
  if (budget.addedLength > maxAddedLength) {
    throw requestEntityTooLarge(`its defaults have more than ${maxAddedLength} characters`)
  }
  return value
}

/** The default as objects are given it, found once for each schema that has one. */
const servedDefault = derived((schema: Structural) => {
  const value = freezeDeep(prunedDefault(schema))
  return { value, length: encodeJson(value).length }
})
