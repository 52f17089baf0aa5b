import { type FieldSet, setBuilder } from '../model/field-set.ts'
import {
  asList,
  asMap,
  formOf,
  isEmptyMap,
  itemsByElement,
  type JsonMap,
  memberType,
} from '../model/forms.ts'
import { fieldElement, type PathElement } from '../model/path-element.ts'
import type { OwnedList, OwnedMap, OwnedType } from '../model/schema.ts'

/**
 * What someone owns who applies a value: every leaf, every item of a list, every member of a plain
 * map. Fields of structs that have parts are owned through these. Items that occur twice are owned
 * as one, without their parts.
 */
export function toFieldSet(value: unknown, type: OwnedType): FieldSet {
  const path: PathElement[] = []
  const builder = setBuilder()

  function walk(value: unknown, type: OwnedType): void {
    switch (formOf(type, value)) {
      case 'scalar':
        builder.insert(path)
        break
      case 'list':
        if (type.list!.isAtomic) builder.insert(path)
        else walkList(type.list!, asList(value))
        break
      case 'map':
        if (type.map!.isAtomic) builder.insert(path)
        else walkMap(type.map!, asMap(value))
    }
  }

  function walkList(list: OwnedList, items: readonly unknown[] | undefined): void {
    for (const [element, same] of itemsByElement(list, items)) {
      path.push(element)
      if (same.length === 1) walk(same[0], list.element())
      builder.insert(path)
      path.pop()
    }
  }

  function walkMap(map: OwnedMap, members: JsonMap | undefined): void {
    for (const name in members) {
      const member = members[name]
      path.push(fieldElement(name))
      walk(member, memberType(map, name))
      if (!map.field(name) || isNothing(member)) builder.insert(path)
      path.pop()
    }
  }

  walk(value, type)
  return builder.build()
}

function isNothing(value: unknown): boolean {
  const map = asMap(value)
  return value === null || (map !== undefined && isEmptyMap(map))
}
