import { asList, asMap } from './model/forms.ts'
import type { OwnedType } from './model/schema.ts'
import { merge } from './typed/merge.ts'
import { faultsMessage, typeFaults } from './typed/validate.ts'

/** An object with a configuration merged into it, or why it cannot be. */
export type MergedConfiguration = { readonly value: unknown } | { readonly error: string }

/**
 * Merges a configuration into an object as an apply does, of which nobody comes to own anything (upstream:
 * `ApplyStructuredMergeDiff`). Parts that would be replaced as a whole may not be in it.
 */
export function mergeConfiguration(
  live: unknown,
  configuration: unknown,
  type: OwnedType,
): MergedConfiguration {
  const faults = typeFaults(configuration, type)
  if (faults.length > 0) {
    return {
      error: `failed to convert patch object to typed object: ${faultsMessage(faults)}`,
    }
  }
  const atomic = [...atomicParts(configuration, type, '')]
  if (atomic.length > 0) {
    const paths = atomic.join(', ')
    return {
      error: `invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${paths}`,
    }
  }
  return { value: merge(live, configuration, type) }
}

/** Where a configuration has lists, maps and structs that are owned as a whole. */
function* atomicParts(value: unknown, type: OwnedType, path: string): Iterable<string> {
  const map = asMap(value)
  if (map && type.map) {
    if (type.map.isAtomic) yield path
    for (const [name, member] of Object.entries(map)) {
      const field = type.map.field(name)
      // Other members are of a type that upstream does not look up here.
      yield* atomicParts(member, field?.type() ?? type, `${path}.${name}`)
    }
  }
  const list = asList(value)
  if (list && type.list) {
    if (type.list.isAtomic) yield path
    for (const [i, item] of list.entries()) {
      yield* atomicParts(item, type.list.element(), `${path}[${i}]`)
    }
  }
}
