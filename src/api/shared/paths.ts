import { type FieldErrors, type FieldPath, invalidField } from '#machinery/validation'
import { ensure } from './checks.ts'

/** A path below some directory: relative, and never up. */
export function validateDescendingPath(value: string, path: FieldPath): FieldErrors {
  return [
    ...ensure(!value.startsWith('/'), () => invalidField(path, value, 'must be a relative path')),
    ...validateNoBacksteps(value, path),
  ]
}

/** As `validateDescendingPath`, and leaves out names that volumes keep for themselves. */
export function validateUnreservedPath(value: string, path: FieldPath): FieldErrors {
  const errors = validateDescendingPath(value, path)
  if (errors.length > 0 || !value.startsWith('..') || value.startsWith('../')) return errors
  return [invalidField(path, value, "must not start with '..'")]
}

/** A path without `..` as one of its parts. */
export function validateNoBacksteps(value: string, path: FieldPath): FieldErrors {
  return ensure(!value.split('/').includes('..'), () =>
    invalidField(path, value, "must not contain '..'"),
  )
}
