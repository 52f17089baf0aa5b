import { withEntries, withItems } from '../../values/share.ts'
import { isMap } from './json.ts'

/**
 * The value with each part that equals what stands in its place taken from there, so that nobody need look
 * into it to see that a write has left it alone; what stands itself where all is equal. The order of members
 * does not matter.
 */
export function sharedParts(value: unknown, standing: unknown): unknown {
  if (value === standing) return value
  if (isMap(value) && isMap(standing)) {
    const shared = withEntries(value, (name, child) =>
      Object.hasOwn(standing, name) ? sharedParts(child, standing[name]) : child,
    )
    const names = Object.keys(shared)
    const isSame =
      names.length === Object.keys(standing).length &&
      names.every((name) => Object.hasOwn(standing, name) && shared[name] === standing[name])
    return isSame ? standing : shared
  }
  if (!Array.isArray(value) || !Array.isArray(standing)) return value
  const shared = withItems<unknown>(value, (item, i) => sharedParts(item, standing[i]))
  const isSame =
    shared.length === standing.length && shared.every((item, i) => item === standing[i])
  return isSame ? standing : shared
}
