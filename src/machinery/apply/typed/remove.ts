import { withEntries } from '../../values/share.ts'
import { type FieldNode, type FieldSet, isEmptySet } from '../model/field-set.ts'
import { asList, asMap, formOf, itemElement, type JsonMap, memberType } from '../model/forms.ts'
import { fieldElement } from '../model/path-element.ts'
import type { OwnedList, OwnedMap, OwnedType } from '../model/schema.ts'

/**
 * The value without the members and items of the set, and without what is below them. Lists and
 * maps that lose their last item this way stay, empty. What is atomic is not looked into.
 */
export function removeItems(value: unknown, items: FieldSet, type: OwnedType): unknown {
  if (isEmptySet(items)) return value
  const form = formOf(type, value)
  if (form === 'map' && !type.map!.isAtomic) {
    const members = asMap(value)
    return members ? removeMembers(members, items, type.map!) : value
  }
  if (form === 'list' && !type.list!.isAtomic) {
    const list = asList(value)
    return list ? removeListItems(list, items, type.list!) : value
  }
  return value
}

function removeMembers(members: JsonMap, items: FieldSet, map: OwnedMap): JsonMap {
  return withEntries(members, (name, value) => {
    const node = items.nodes.get(fieldElement(name))
    if (node?.isMember) return undefined
    return node ? removeItems(value, node.children, memberType(map, name)) : value
  })
}

function removeListItems(
  list: readonly unknown[],
  items: FieldSet,
  type: OwnedList,
): readonly unknown[] {
  let changed = false
  const kept: unknown[] = []
  for (const item of list) {
    const node = nodeOf(type, item, items)
    const next = node ? removeItems(item, node.children, type.element()) : item
    if (node?.isMember || next !== item) changed = true
    if (!node?.isMember) kept.push(next)
  }
  return changed ? kept : list
}

/**
 * Only the members and items of the set, with the containers that lead to them; undefined when
 * there are none. A member below which nothing is named is taken as it is if it is a leaf.
 */
export function extractItems(value: unknown, items: FieldSet, type: OwnedType): unknown {
  const form = formOf(type, value)
  if (form === 'map' && !type.map!.isAtomic) {
    const members = asMap(value)
    return (
      members &&
      withEntries(members, (name, member) => {
        const node = items.nodes.get(fieldElement(name))
        return node && extractItems(member, node.children, memberType(type.map!, name))
      })
    )
  }
  if (form === 'list' && !type.list!.isAtomic) {
    return asList(value)?.flatMap((item) => {
      const node = nodeOf(type.list!, item, items)
      return node ? [extractItems(item, node.children, type.list!.element())] : []
    })
  }
  return value
}

function nodeOf(list: OwnedList, item: unknown, items: FieldSet): FieldNode | undefined {
  const element = itemElement(list, item)
  return element instanceof Error ? undefined : items.nodes.get(element)
}
