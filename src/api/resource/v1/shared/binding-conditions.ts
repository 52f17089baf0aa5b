import {
  duplicateField,
  type FieldErrors,
  type FieldPath,
  invalidField,
  validateLabelKey,
} from '#machinery/validation'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { boundedList } from './lists.ts'

const most = 4

interface WithConditions {
  readonly bindingConditions?: readonly string[]
  readonly bindingFailureConditions?: readonly string[]
}

/** Errors of the conditions that a device must have before its pod is bound, and of those that fail it. */
export function validateBindingConditions(
  { bindingConditions: wanted = [], bindingFailureConditions: failing = [] }: WithConditions,
  path: FieldPath,
): FieldErrors {
  const [at, failingAt] = [path.child('bindingConditions'), path.child('bindingFailureConditions')]
  const all = new Set(wanted)
  return [
    ...boundedList(wanted, at, most, validateLabelKey),
    ...boundedList(failing, failingAt, most, validateLabelKey),
    ...repeated(wanted, at),
    ...eachItem(failing, failingAt, (condition, place, i) => [
      ...ensure(failing.indexOf(condition) === i, () => duplicateField(place, condition)),
      ...ensure(!all.has(condition), () =>
        invalidField(
          place,
          condition,
          'bindingFailureConditions must not overlap with bindingConditions',
        ),
      ),
    ]),
    ...ensure(wanted.length > 0 || failing.length === 0, () =>
      invalidField(at, wanted, 'bindingConditions are required to use bindingFailureConditions'),
    ),
    ...ensure(failing.length > 0 || wanted.length === 0, () =>
      invalidField(
        failingAt,
        failing,
        'bindingFailureConditions are required to use bindingConditions',
      ),
    ),
  ]
}

function repeated(list: readonly string[], path: FieldPath): FieldErrors {
  return eachItem(list, path, (each, at, i) =>
    ensure(list.indexOf(each) === i, () => duplicateField(at, each)),
  )
}
