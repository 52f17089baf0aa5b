import {
  duplicateField,
  type FieldError,
  invalidField,
  notSupportedField,
  requiredField,
  tooLongField,
} from '../fields/field-errors.ts'
import type { FieldPath } from '../fields/field-path.ts'
import type { Condition } from '../meta/conditions.ts'
import { byteLength } from '../values/go-format.ts'
import { patternMessage, wholly } from './messages.ts'
import { validateLabelKey } from './meta-parts.ts'

const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const isReason = wholly(reasonPattern)
const maxReasonBytes = 1024
const maxMessageBytes = 32 * 1024
const statuses = ['False', 'True', 'Unknown']

const reasonMessage = patternMessage(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  reasonPattern,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
)

/** Rules for a list of metav1.Condition: well-formed, and each type once. */
export function validateConditions(
  conditions: readonly Partial<Condition>[],
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>()
  return conditions.flatMap((condition, i) => {
    const { type = '' } = condition
    const repeated = seen.has(type)
    seen.add(type)
    return [
      ...(repeated ? [duplicateField(path.index(i).child('type'), type)] : []),
      ...validateCondition(condition, path.index(i)),
    ]
  })
}

/** Rules for one metav1.Condition. */
export function validateCondition(condition: Partial<Condition>, path: FieldPath): FieldError[] {
  const { type = '', status = '', observedGeneration = 0, message = '' } = condition
  return [
    ...validateLabelKey(type, path.child('type')),
    ...(statuses.includes(status)
      ? []
      : [notSupportedField(path.child('status'), status, statuses)]),
    ...(observedGeneration < 0
      ? [
          invalidField(
            path.child('observedGeneration'),
            observedGeneration,
            'must be greater than or equal to zero',
          ),
        ]
      : []),
    ...(condition.lastTransitionTime
      ? []
      : [requiredField(path.child('lastTransitionTime'), 'must be set')]),
    ...validateReason(condition.reason ?? '', path.child('reason')),
    ...(byteLength(message) > maxMessageBytes
      ? [tooLongField(path.child('message'), maxMessageBytes)]
      : []),
  ]
}

function validateReason(reason: string, path: FieldPath): FieldError[] {
  if (reason === '') return [requiredField(path, 'must be set')]
  return [
    ...(isReason.test(reason) ? [] : [invalidField(path, reason, reasonMessage)]),
    ...(byteLength(reason) > maxReasonBytes ? [tooLongField(path, maxReasonBytes)] : []),
  ]
}
