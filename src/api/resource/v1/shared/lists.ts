import {
  duplicateField,
  type FieldErrors,
  type FieldPath,
  tooManyField,
} from '#machinery/validation'
import { eachItem } from '../../../shared/checks.ts'

type Check<T> = (item: T, path: FieldPath) => FieldErrors

/** Errors of a list that may not be longer than `most`; of a longer one nothing else is looked at. */
export function boundedList<T>(
  list: readonly T[] | undefined,
  path: FieldPath,
  most: number,
  check: Check<T>,
): FieldErrors {
  const length = list?.length ?? 0
  return length > most ? [tooManyField(path, length, most)] : eachItem(list, path, check)
}

/** As `boundedList`, in which each key stands only once. */
export function boundedSet<T>(
  list: readonly T[] | undefined,
  path: FieldPath,
  rules: { readonly most: number; readonly check: Check<T>; readonly keyOf: (item: T) => unknown },
): FieldErrors {
  const { most, check, keyOf } = rules
  const found = boundedList(list, path, most, check)
  if ((list?.length ?? 0) > most) return found
  const seen = new Set<unknown>()
  const twice = eachItem(list, path, (item, at) => {
    const key = keyOf(item)
    if (seen.has(key)) return [duplicateField(at, key)]
    seen.add(key)
    return []
  })
  return [...found, ...twice]
}

/** Errors of the keys and the values of a map that may not have more than `most` of them. */
export function boundedMap<T>(
  map: Readonly<Record<string, T>> | undefined,
  path: FieldPath,
  rules: {
    readonly most?: number
    readonly longestKey: number
    readonly checkKey: (key: string, path: FieldPath) => FieldErrors
    readonly check?: Check<T>
  },
): FieldErrors {
  const entries = Object.entries(map ?? {})
  const { most = Number.POSITIVE_INFINITY, longestKey, checkKey, check } = rules
  if (entries.length > most) return [tooManyField(path, entries.length, most)]
  return entries.flatMap(([key, value]) => [
    ...checkKey(key, path),
    ...(check?.(value, path.key(truncated(key, longestKey))) ?? []),
  ])
}

/** A key that is too long is shown without its middle. */
function truncated(text: string, longest: number): string {
  if (text.length <= longest) return text
  const left = longest - 3
  return `${text.slice(0, Math.floor((left + 1) / 2))}...${text.slice(text.length - Math.floor(left / 2))}`
}
