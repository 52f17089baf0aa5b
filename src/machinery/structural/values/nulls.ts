import { withEntries, withItems } from '../../values/share.ts'
import { childOf, type Structural } from '../model/structural.ts'
import { isMap } from './json.ts'

/**
 * The value without members that are null although the schema does not allow it, and for which no default
 * will be put in. Where the schema says nothing, and in lists, nulls stay.
 */
export function withoutNulls(value: unknown, node: Structural | undefined): unknown {
  if (isMap(value)) {
    return withEntries(value, (name, child) => {
      const schema = childOf(node, name)
      if (child === null) return isRefused(schema) ? undefined : null
      return withoutNulls(child, schema)
    })
  }
  if (!Array.isArray(value)) return value
  return withItems<unknown>(value, (item) => withoutNulls(item, node?.items))
}

function isRefused(schema: Structural | undefined): boolean {
  return schema !== undefined && !schema.isNullable && schema.default === undefined
}
