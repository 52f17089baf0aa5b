import {
  checkLabelValue,
  type FieldErrors,
  type FieldPath,
  invalidField,
  notSupportedField,
  requiredField,
  validateLabelKey,
} from '#machinery/validation'
import type { DeviceTaint, DeviceToleration } from '../../../generated/types/resource-v1.ts'
import { ensure, invalidWith, requireKnown, requireOneOf } from '../../../shared/checks.ts'

const effects = ['NoExecute', 'NoSchedule', 'None']
const operators = ['Equal', 'Exists']

/** Errors of a taint of a device. */
export function validateDeviceTaint(taint: DeviceTaint, path: FieldPath): FieldErrors {
  const { key = '', value = '', effect } = taint
  return [
    ...validateLabelKey(key, path.child('key')),
    ...invalidWith(path.child('value'), value, checkLabelValue(value)),
    ...requireKnown(effect, path.child('effect'), effects),
  ]
}

/** Errors of what a request tolerates. */
export function validateDeviceToleration(
  { key = '', operator = '', value = '', effect = '' }: DeviceToleration,
  path: FieldPath,
): FieldErrors {
  return [
    ...(key === '' ? [] : validateLabelKey(key, path.child('key'))),
    ...validateValue(operator, value, path),
    ...(effect === '' ? [] : requireOneOf(effect, path.child('effect'), effects)),
  ]
}

function validateValue(operator: string, value: string, path: FieldPath): FieldErrors {
  const at = path.child('value')
  if (operator === 'Exists') {
    return ensure(value === '', () =>
      invalidField(at, value, 'must be empty for operator `Exists`'),
    )
  }
  if (operator === 'Equal') return invalidWith(at, value, checkLabelValue(value))
  const place = path.child('operator')
  return [operator === '' ? requiredField(place) : notSupportedField(place, operator, operators)]
}
