/** Building a new value out of an old one while keeping every part that stays the same. */

type JsonMap = Readonly<Record<string, unknown>>

/**
 * The object with each value replaced by what `change` gives for it; undefined drops the key. The
 * object itself comes back when nothing changes.
 */
export function withEntries<T extends JsonMap>(
  object: T,
  change: (key: string, value: unknown) => unknown,
): T {
  const keys = Object.keys(object)
  /** From the first change on. */
  let changed: Record<string, unknown> | undefined
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const value = object[key]
    const next = change(key, value)
    if (next !== value || next === undefined) changed ??= firstOf(object, keys, i)
    if (changed && next !== undefined) define(changed, key, next)
  }
  return changed ? (changed as T) : object
}

function firstOf(object: JsonMap, keys: readonly string[], count: number): Record<string, unknown> {
  const first: Record<string, unknown> = {}
  for (let i = 0; i < count; i++) define(first, keys[i]!, object[keys[i]!])
  return first
}

/** A member like any other, even `__proto__`. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else {
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
}

/** The list with each item replaced by what `change` gives for it; itself when nothing changes. */
export function withItems<T>(
  list: readonly T[],
  change: (item: T, index: number) => T,
): readonly T[] {
  let items: T[] | undefined
  for (let i = 0; i < list.length; i++) {
    const item = list[i]!
    const next = change(item, i)
    if (next !== item) items ??= list.slice(0, i)
    items?.push(next)
  }
  return items ?? list
}

/**
 * A copy of `value` in which the part at `path` is `part`; undefined removes it. Objects on the way
 * are made where they are missing, indexes of lists must exist. Frozen input stays as it is.
 */
export function withIn<T>(value: T, path: readonly (string | number)[], part: unknown): T {
  const [head, ...rest] = path
  if (head === undefined) return part as T
  if (Array.isArray(value)) return withItem(value, Number(head), rest, part) as T
  const object = (value ?? {}) as JsonMap
  const old = Object.hasOwn(object, head) ? object[head] : undefined
  const next = withIn(old, rest, part)
  if (next === old && value !== undefined) return value
  const others = Object.entries(object).filter(([key]) => next !== undefined || key !== head)
  if (next === undefined) return Object.fromEntries(others) as T
  return Object.fromEntries([...others, [head, next]]) as T
}

function withItem(
  list: readonly unknown[],
  index: number,
  rest: readonly (string | number)[],
  part: unknown,
): readonly unknown[] {
  const next = withIn(list[index], rest, part)
  if (next === list[index]) return list
  return next === undefined ? list.toSpliced(index, 1) : list.with(index, next)
}
