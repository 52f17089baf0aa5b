/** Changing parts of frozen values while sharing all that stays: what hooks are written with. */

/** The object with some members replaced; undefined removes one. Itself when nothing changes. */
export function change<T extends object>(
  object: T,
  members: { readonly [K in keyof T]?: T[K] | undefined },
): T {
  const keys = Object.keys(members) as (keyof T)[]
  if (keys.every((key) => object[key] === members[key])) return object
  const next: Partial<T> = { ...object }
  for (const key of keys) {
    if (members[key] === undefined) delete next[key]
    else next[key] = members[key] as T[keyof T]
  }
  return next as T
}

/**
 * The object with `defaults` where it has no value. Go's zero values of fields that are no pointers
 * (`""`, 0, false) count as none there, as upstream's defaulting sees them.
 */
export function fill<T extends object>(object: T, defaults: Partial<T>): T {
  const missing = (Object.keys(defaults) as (keyof T)[]).filter((key) => isUnset(object[key]))
  if (missing.length === 0) return object
  return { ...object, ...Object.fromEntries(missing.map((key) => [key, defaults[key]])) }
}

/** As `fill`, where only absence counts as none: fields that are pointers in Go. */
export function fillAbsent<T extends object>(object: T, defaults: Partial<T>): T {
  const missing = (Object.keys(defaults) as (keyof T)[]).filter((key) => object[key] === undefined)
  if (missing.length === 0) return object
  return { ...object, ...Object.fromEntries(missing.map((key) => [key, defaults[key]])) }
}

/** The list with each item replaced by what `replace` gives; itself when nothing changes. */
export function mapItems<T>(
  list: readonly T[] | undefined,
  replace: (item: T) => T,
): readonly T[] | undefined {
  if (!list) return list
  const next = list.map(replace)
  return next.every((item, i) => item === list[i]) ? list : next
}

/** One member of an object replaced when it is there. */
export function changeMember<T extends object, K extends keyof T>(
  object: T,
  key: K,
  replace: (value: NonNullable<T[K]>) => T[K],
): T {
  const value = object[key]
  if (value === undefined || value === null) return object
  return change<Pick<T, K>>(object, { [key]: replace(value) } as Pick<T, K>) as T
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === '' || value === 0 || value === false
}
