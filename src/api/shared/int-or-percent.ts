import { type IntOrString, isPercent } from '#machinery/quantity'
import {
  checkPercent,
  type FieldErrors,
  type FieldPath,
  invalidField,
  validateNonNegative,
} from '#machinery/validation'
import { ensure, invalidWith } from './checks.ts'

/** A number not below zero, or a percentage. */
export function validateIntOrPercent(value: IntOrString, path: FieldPath): FieldErrors {
  if (typeof value === 'number') return validateNonNegative(value, path)
  return invalidWith(path, value, checkPercent(value))
}

/** A percentage of at most the whole. */
export function validateAtMostWhole(value: IntOrString, path: FieldPath): FieldErrors {
  return ensure(percentOf(value) <= 100, () =>
    invalidField(path, value, 'must not be greater than 100%'),
  )
}

/** Whether a value means none: 0 or `0%`. */
export function isZeroOrZeroPercent(value: IntOrString): boolean {
  return value === 0 || (isPercent(value) && percentOf(value) === 0)
}

function percentOf(value: IntOrString): number {
  return isPercent(value) ? Number.parseInt(value, 10) : 0
}
