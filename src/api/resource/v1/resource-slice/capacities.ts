import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityValue,
} from '#machinery/quantity'
import {
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  DeviceCapacity,
} from '../../../generated/types/resource-v1.ts'
import { ensure } from '../../../shared/checks.ts'
import { boundedSet } from '../shared/lists.ts'

type Amount = string | number
const mostValues = 10

/** Errors of a capacity of a device that only one claim can have. */
export function validateUnshared({ requestPolicy }: DeviceCapacity, path: FieldPath): FieldErrors {
  return ensure(requestPolicy === undefined, () =>
    forbiddenField(path.child('requestPolicy'), 'allowMultipleAllocations must be true'),
  )
}

/** Errors of a capacity that claims have parts of. */
export function validateShared(
  { value, requestPolicy: policy }: DeviceCapacity,
  path: FieldPath,
): FieldErrors {
  if (!policy) return []
  const at = path.child('requestPolicy')
  const { validValues = [], validRange } = policy
  if (validValues.length > 0 && validRange) {
    return [
      forbiddenField(
        at,
        'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
      ),
    ]
  }
  return validatePolicy(value, policy, at)
}

function validatePolicy(
  capacity: Amount,
  { default: chosen, validValues = [], validRange }: CapacityRequestPolicy,
  path: FieldPath,
): FieldErrors {
  const form = validValues.length > 0 ? 'validValues' : validRange ? 'validRange' : undefined
  if (!form) return []
  if (chosen === undefined) {
    return [requiredField(path.child('default'), `required when ${form} is defined`)]
  }
  return validRange
    ? validateRange(chosen, capacity, validRange, path.child('validRange'))
    : validateValues(chosen, capacity, validValues, path.child('validValues'))
}

const compare = (a: Amount, b: Amount): number =>
  compareQuantities(parseQuantity(a), parseQuantity(b))

function validateValues(
  chosen: Amount,
  capacity: Amount,
  values: readonly Amount[],
  path: FieldPath,
): FieldErrors {
  return [
    ...values.flatMap((value, i) =>
      ensure(i === 0 || compare(values[i - 1] ?? value, value) <= 0, () =>
        invalidField(path.index(i), value, 'values must be sorted in ascending order'),
      ),
    ),
    ...boundedSet(values, path, {
      most: mostValues,
      check: (value, at) =>
        ensure(compare(value, capacity) <= 0, () =>
          invalidField(at, value, `option is larger than capacity value: ${capacity}`),
        ),
      keyOf: (value) => `${quantityValue(parseQuantity(value))}`,
    }),
    ...ensure(
      values.length > mostValues ? false : values.some((value) => compare(value, chosen) === 0),
      () => invalidField(path, chosen, 'default value is not valid according to the requestPolicy'),
    ),
  ]
}

function validateRange(
  chosen: Amount,
  capacity: Amount,
  { min, max, step }: Partial<CapacityRequestPolicyRange>,
  path: FieldPath,
): FieldErrors {
  const [minAt, maxAt] = [path.child('min'), path.child('max')]
  if (min === undefined) return [requiredField(minAt, 'required when validRange is defined')]
  const least = min
  return [
    ...smaller(min, capacity, minAt, `min is larger than capacity value: ${capacity}`),
    ...ensure(compare(chosen, min) >= 0, () =>
      invalidField(minAt, chosen, `default is less than min: ${min}`),
    ),
    ...(max === undefined
      ? []
      : [
          ...smaller(min, max, maxAt, `min is larger than max: ${max}`),
          ...smaller(max, capacity, maxAt, `max is larger than capacity value: ${capacity}`),
          ...smaller(chosen, max, maxAt, `default is more than max: ${max}`),
        ]),
    ...(step === undefined ? [] : validateStep(step)),
  ]

  function validateStep(by: Amount): FieldErrors {
    const at = path.child('step')
    const added = formatQuantity(addQuantities(parseQuantity(least), parseQuantity(by)))
    return [
      ...ensure(compare(added, capacity) <= 0, () =>
        invalidField(at, by, `one step ${added} is larger than capacity value: ${capacity}`),
      ),
      ...inSteps(chosen, least, by, at),
      ...(max === undefined ? [] : inSteps(max, least, by, at)),
    ]
  }
}

function smaller(a: Amount, b: Amount, path: FieldPath, detail: string): FieldErrors {
  return ensure(compare(a, b) <= 0, () => invalidField(path, a, detail))
}

function inSteps(value: Amount, min: Amount, step: Amount, path: FieldPath): FieldErrors {
  const [all, first, each] = [value, min, step].map((part) => quantityValue(parseQuantity(part)))
  const isWhole = ((all ?? 0) - (first ?? 0)) % (each || 1) === 0
  return ensure(isWhole, () =>
    invalidField(path, value, `value is not a multiple of a given step (${step}) from (${min})`),
  )
}
