/** How strategic merge patch merges lists: by key, or as sets of scalars. */
import { genericServerResponse } from '../status/generic-response.ts'
import { directiveKey, goValue, isList, isMap, type JsonList, type JsonMap } from './directives.ts'

export interface ListMerge {
  /** The member that identifies an element; undefined for lists of scalars. */
  readonly mergeKey: string | undefined
  readonly mergeItem: (item: JsonMap, patch: JsonMap) => JsonMap
}

/**
 * Merges a patch's list into the original's. Elements that the patch names come in its order, before
 * those it does not name unless the original had them behind (upstream's rule; new elements
 * therefore stand in front).
 */
export function mergeLists(original: JsonList, patch: JsonList, merge: ListMerge): JsonList {
  const { mergeKey } = merge
  const first = patch[0] ?? original[0]
  refuseLists(original, patch)
  if (!isMap(first))
    return share(
      original,
      arrange([...new Set([...original, ...patch])], patch, original, identity),
    )
  if (mergeKey === undefined)
    throw new Error('cannot merge lists without merge key for type struct')
  const changes = splitElements(patch, mergeKey)
  if (changes.isReplaced) return share(original, changes.elements)
  const kept = original.filter((item) => !changes.deleted.has(keyOf(item, mergeKey)))
  const merged = mergeElements(kept, changes.elements, mergeKey, merge.mergeItem)
  const key = (item: unknown) => keyOf(item, mergeKey)
  return share(original, arrange(merged, changes.elements, kept, key))
}

/**
 * The list in the order that `$setElementOrder` gives; its elements are scalars or carry the key.
 * `before` is the list as it was, which places the elements that the order does not name.
 */
export function orderList(
  list: JsonList,
  order: JsonList,
  options: { readonly before: unknown; readonly mergeKey: string | undefined },
): JsonList {
  const before = isList(options.before) ? options.before : []
  return share(list, arrange(list, order, before, looseKey(options.mergeKey)))
}

/** Refuses a patch whose list does not follow its own `$setElementOrder`. */
export function checkOrder(patch: unknown, order: JsonList, mergeKey: string | undefined): void {
  if (!isList(patch)) return
  const key = looseKey(mergeKey)
  const ranks = positions(order, key)
  const wanted = patch.filter((item) => !(isMap(item) && directiveKey in item))
  const found = wanted.map((item) => ranks.get(key(item)))
  if (found.every((rank, i) => rank !== undefined && (i === 0 || (found[i - 1] ?? 0) <= rank))) {
    return
  }
  throw new Error(
    `The order in patch list:\n${goValue(patch)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`,
  )
}

/** The list of scalars without some. */
export function elementsWithout(list: JsonList, values: JsonList): JsonList {
  const gone = new Set(values)
  return share(
    list,
    list.filter((item) => !gone.has(item)),
  )
}

type KeyOf = (item: unknown) => unknown

const identity: KeyOf = (item) => item

/** In an order an element is its key alone, or an object that has it. */
function looseKey(mergeKey: string | undefined): KeyOf {
  if (mergeKey === undefined) return identity
  return (item) => (isMap(item) ? keyOf(item, mergeKey) : item)
}

/**
 * Elements that `order` names, in its order, woven into the others: an other element goes first only
 * where both it and the next named element were in `before`, and it stood in front.
 */
function arrange(items: JsonList, order: JsonList, before: JsonList, key: KeyOf): JsonList {
  const wanted = positions(order, key)
  const previous = positions(before, key)
  const rank = (item: unknown, ranks: ReadonlyMap<unknown, number>) =>
    ranks.get(key(item)) ?? Number.POSITIVE_INFINITY
  const named = items
    .filter((item) => wanted.has(key(item)))
    .toSorted((a, b) => rank(a, wanted) - rank(b, wanted))
  const others = items
    .filter((item) => !wanted.has(key(item)))
    .toSorted((a, b) => compare(rank(a, previous), rank(b, previous)))
  const result: unknown[] = []
  let next = 0
  for (const item of named) {
    const limit = previous.get(key(item))
    while (limit !== undefined && next < others.length && rank(others[next], previous) < limit) {
      result.push(others[next++])
    }
    result.push(item)
  }
  return [...result, ...others.slice(next)]
}

/** Infinity minus itself is not a number, so equal ranks are compared first. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}

function positions(list: JsonList, key: KeyOf): ReadonlyMap<unknown, number> {
  const found = new Map<unknown, number>()
  for (const [i, item] of list.entries()) if (!found.has(key(item))) found.set(key(item), i)
  return found
}

interface ElementChanges {
  readonly elements: JsonList
  readonly deleted: ReadonlySet<unknown>
  readonly isReplaced: boolean
}

function splitElements(patch: JsonList, mergeKey: string): ElementChanges {
  const elements: unknown[] = []
  const deleted = new Set<unknown>()
  let isReplaced = false
  for (const item of patch) {
    const directive = isMap(item) ? item[directiveKey] : undefined
    if (directive === undefined) elements.push(item)
    else if (directive === 'delete') deleted.add(keyOf(item, mergeKey))
    else if (directive === 'replace') isReplaced = true
    else if (directive === 'merge') {
      throw new Error('merging lists cannot yet be specified in the patch')
    } else {
      throw new Error(`unknown patch type [${goValue(directive)}] found in map: ${goValue(item)}`)
    }
  }
  return { elements, deleted, isReplaced }
}

function mergeElements(
  original: JsonList,
  patch: JsonList,
  mergeKey: string,
  mergeItem: ListMerge['mergeItem'],
): JsonList {
  const merged = [...original]
  const indexes = new Map(positions(original, (item) => keyOf(item, mergeKey)))
  for (const change of patch) {
    const key = keyOf(change, mergeKey)
    const index = indexes.get(key)
    if (index === undefined) {
      indexes.set(key, merged.length)
      merged.push(mergeItem({}, change as JsonMap))
    } else {
      merged[index] = mergeItem(merged[index] as JsonMap, change as JsonMap)
    }
  }
  return merged
}

function keyOf(item: unknown, mergeKey: string): unknown {
  const value = isMap(item) ? item[mergeKey] : undefined
  if (value !== undefined) return value
  throw new Error(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`)
}

function refuseLists(...lists: readonly JsonList[]): void {
  if (!lists.some((list) => list.some(isList))) return
  throw genericServerResponse({ code: 422, serverMessage: 'lists of lists are not supported' })
}

/** The original when the result has the very same elements. */
function share(original: JsonList, result: JsonList): JsonList {
  const isSame =
    original.length === result.length && result.every((item, i) => item === original[i])
  return isSame ? original : result
}
