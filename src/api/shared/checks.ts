/** The small words that validation is written with; texts are those of upstream's validation. */
import {
  duplicateField,
  type FieldError,
  type FieldErrors,
  type FieldPath,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'

/** No error where `holds`, else the one that `error` makes. */
export function ensure(holds: boolean, error: () => FieldError): FieldErrors {
  return holds ? noErrors : [error()]
}

/** Shared, since a list of thousands asks for as many. */
const noErrors: FieldErrors = Object.freeze([])

/** An error for each message. */
export function invalidWith(
  path: FieldPath,
  value: unknown,
  messages: readonly string[],
): FieldErrors {
  return messages.map((message) => invalidField(path, value, message))
}

/** A value that must not be empty. */
export function requireValue(value: unknown, path: FieldPath, detail = ''): FieldErrors {
  return ensure(Boolean(value), () => requiredField(path, detail))
}

/** A value that must be one of a set, listed in messages in the order given. */
export function requireOneOf(
  value: string | undefined,
  path: FieldPath,
  supported: readonly string[],
): FieldErrors {
  return ensure(supported.includes(value ?? ''), () =>
    notSupportedField(path, value ?? '', supported),
  )
}

/** As `requireOneOf`, and an empty value is another error. */
export function requireKnown(
  value: string | undefined,
  path: FieldPath,
  supported: readonly string[],
): FieldErrors {
  return value ? requireOneOf(value, path, supported) : [requiredField(path)]
}

/** Errors of each item at its index. */
export function eachItem<T>(
  list: readonly T[] | undefined,
  path: FieldPath,
  validate: (item: T, path: FieldPath, index: number) => FieldErrors,
): FieldErrors {
  if (!list || list.length === 0) return noErrors
  const found: FieldError[] = []
  for (const [i, item] of list.entries()) {
    for (const error of validate(item, path.index(i), i)) found.push(error)
  }
  return found
}

/** Tells whether a value was seen before, and remembers it. */
export function onlyOnce(seen: Set<string>, value: string, path: FieldPath): FieldErrors {
  if (seen.has(value)) return [duplicateField(path, value)]
  seen.add(value)
  return []
}

/** A number that must be above 0. */
export function requirePositive(value: number, path: FieldPath): FieldErrors {
  return ensure(value > 0, () => invalidField(path, value, 'must be greater than zero'))
}
