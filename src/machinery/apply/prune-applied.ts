import type { Managers } from './managers/managers.ts'
import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  union,
  withNamedFields,
} from './model/field-set.ts'
import type { OwnedType } from './model/schema.ts'
import { removeItems } from './typed/remove.ts'
import { toFieldSet } from './typed/to-field-set.ts'

/**
 * The merged object without what the applying manager applied last time, does not apply now, and
 * nobody else owns. Three steps, as upstream's: remove all that was applied last; put back what
 * somebody owns; put back what had not been applied, and only went because it lay below.
 */
export function pruneApplied(
  merged: unknown,
  last: FieldSet,
  managers: Managers,
  type: OwnedType,
): unknown {
  let owned: FieldSet | undefined
  for (const { fields } of managers.values()) owned = owned ? union(owned, fields) : fields
  if (!owned || isEmptySet(difference(last, owned))) return merged
  const lastNamed = withNamedFields(last, type)
  const present = withNamedFields(toFieldSet(merged, type), type)
  const rest = presentIn(removeItems(merged, lastNamed, type), type)
  const kept = union(rest, withNamedFields(owned, type))
  const ownedRest = presentIn(removeItems(merged, difference(present, kept), type), type)
  return removeItems(merged, intersection(difference(present, ownedRest), lastNamed), type)
}

function presentIn(value: unknown, type: OwnedType): FieldSet {
  return withNamedFields(toFieldSet(value, type), type)
}
