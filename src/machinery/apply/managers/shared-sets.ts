import { derived } from '#lib'
import { equalSets, type FieldSet } from '../model/field-set.ts'
import type { OwnedType } from '../model/schema.ts'

/** How many shapes of a kind are remembered: those that controllers write over and over. */
const remembered = 8

/** The sets that objects of a type got lately, the last one first. */
const recentOf = derived((_: OwnedType): FieldSet[] => [])

/**
 * The equal set that objects of the type got lately, or this one: pods of one template own the same
 * fields, which are kept and written as JSON once for all of them.
 */
export function sharedSet(set: FieldSet, type: OwnedType): FieldSet {
  const recent = recentOf(type)
  const known = recent.findIndex((each) => equalSets(each, set))
  if (known === 0) return recent[0] ?? set
  const [found = set] = known > 0 ? recent.splice(known, 1) : [set]
  recent.unshift(found)
  recent.length = Math.min(recent.length, remembered)
  return found
}
