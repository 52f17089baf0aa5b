import type { FieldSet } from './field-set.ts'
import {
  asList,
  asMap,
  commonElements,
  formOf,
  isEmptyMap,
  type JsonMap,
  memberType,
} from './forms.ts'
import { fieldElement, type PathElement } from './path-element.ts'
import { sameJson } from './same-json.ts'
import type { OwnedList, OwnedMap, OwnedType } from './schema.ts'

/** How a write stands to what its writer holds: nothing changed, only that did, or more than that. */
export type Rewrite = 'same' | 'own' | 'more'

/**
 * Whether a write changes nothing but values that its writer alone holds, as a heartbeat or a count
 * does. Then nobody gains or loses a field, and no set has to be worked out. `more` is the safe
 * answer: it also stands for what would take long to find out.
 */
export function rewriteOf(
  before: unknown,
  after: unknown,
  type: OwnedType,
  holdings: { readonly own: FieldSet; readonly others: readonly FieldSet[] },
): Rewrite {
  const walk: Walk = { hasChanged: false }
  if (!staysWithin(walk, before, after, { type, ...holdings })) return 'more'
  return walk.hasChanged ? 'own' : 'same'
}

interface Walk {
  hasChanged: boolean
}

/** What is known of a part: its type, and what of it who holds. */
interface Part {
  readonly type: OwnedType
  readonly own: FieldSet
  readonly others: readonly FieldSet[]
}

/** False for any change but one of a value that the writer alone holds. */
function staysWithin(walk: Walk, before: unknown, after: unknown, part: Part): boolean {
  const form = formOf(part.type, after)
  if (form !== formOf(part.type, before)) return false
  if (form === 'map') {
    const { map } = part.type
    const [old, now] = [asMap(before), asMap(after)]
    if (!old || !now || map?.isAtomic || isEmptyMap(old)) return false
    return map !== undefined && mapsStay(walk, map, [old, now], part)
  }
  if (form === 'list') {
    const { list } = part.type
    const [old, now] = [asList(before), asList(after)]
    if (!old || !now || list?.isAtomic) return false
    return list !== undefined && listsStay(walk, list, [old, now], part)
  }
  return false
}

function mapsStay(
  walk: Walk,
  map: OwnedMap,
  [before, after]: readonly [JsonMap, JsonMap],
  part: Part,
): boolean {
  for (const name in before) if (!Object.hasOwn(after, name)) return false
  for (const name in after) {
    if (!Object.hasOwn(before, name)) return false
    if (before[name] === after[name]) continue
    const type = memberType(map, name)
    if (!partStays(walk, before[name], after[name], { element: fieldElement(name), type, part })) {
      return false
    }
  }
  return true
}

function listsStay(
  walk: Walk,
  list: OwnedList,
  [before, after]: readonly [readonly unknown[], readonly unknown[]],
  part: Part,
): boolean {
  const common = commonElements(list, before, after)
  if (!common) return false
  const type = list.element()
  return common.every(
    (element, i) =>
      before[i] === after[i] || partStays(walk, before[i], after[i], { element, type, part }),
  )
}

interface Step {
  readonly element: PathElement
  readonly type: OwnedType
  /** What the step leads out of. */
  readonly part: Part
}

function partStays(walk: Walk, before: unknown, after: unknown, step: Step): boolean {
  const { element, type, part } = step
  const own = part.own.nodes.get(element)
  const others = part.others.flatMap((each) => each.nodes.get(element) ?? [])
  if (isLeaf(type, before) && isLeaf(type, after)) {
    if (sameJson(before, after)) return true
    walk.hasChanged = true
    return own?.isMember === true && !others.some(({ isMember }) => isMember)
  }
  if (!own) return sameJson(before, after)
  const below = { type, own: own.children, others: others.map(({ children }) => children) }
  return staysWithin(walk, before, after, below)
}

/** Whether a value is owned as a whole. */
function isLeaf(type: OwnedType, value: unknown): boolean {
  const form = formOf(type, value)
  if (form === 'scalar') return true
  return (form === 'map' ? type.map : type.list)?.isAtomic === true
}
