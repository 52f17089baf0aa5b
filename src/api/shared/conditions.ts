import {
  checkQualifiedName,
  duplicateField,
  type FieldErrors,
  type FieldPath,
  invalidField,
  notSupportedField,
  patternMessage,
  requiredField,
  tooLongField,
} from '#machinery/validation'
import type { Condition } from '../generated/types/meta-v1.ts'
import { eachItem, ensure, invalidWith } from './checks.ts'

const statuses: readonly string[] = ['False', 'True', 'Unknown']
const longestReason = 1024
const longestMessage = 32 * 1024
const reasonRule =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'"
const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const reasonExamples = ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB']

/** Errors of the conditions of a status (upstream: `ValidateConditions` of meta/v1). */
export function validateConditionList(
  conditions: readonly Condition[] | undefined,
  path: FieldPath,
): FieldErrors {
  const types = new Set<string>()
  return eachItem(conditions, path, (condition, each) => {
    const { type = '' } = condition
    const isRepeated = types.has(type)
    types.add(type)
    return [
      ...ensure(!isRepeated, () => duplicateField(each.child('type'), type)),
      ...validateCondition(condition, each),
    ]
  })
}

function validateCondition(condition: Condition, path: FieldPath): FieldErrors {
  const { type = '', status = '', observedGeneration = 0, lastTransitionTime } = condition
  const { message = '' } = condition
  const generation = path.child('observedGeneration')
  return [
    ...invalidWith(path.child('type'), type, checkQualifiedName(type)),
    ...ensure(statuses.includes(status), () =>
      notSupportedField(path.child('status'), status, statuses),
    ),
    ...ensure(observedGeneration >= 0, () =>
      invalidField(generation, observedGeneration, 'must be greater than or equal to zero'),
    ),
    ...ensure(Boolean(lastTransitionTime), () =>
      requiredField(path.child('lastTransitionTime'), 'must be set'),
    ),
    ...validateReason(condition.reason ?? '', path.child('reason')),
    ...ensure(Buffer.byteLength(message) <= longestMessage, () =>
      tooLongField(path.child('message'), longestMessage),
    ),
  ]
}

function validateReason(reason: string, path: FieldPath): FieldErrors {
  if (reason === '') return [requiredField(path, 'must be set')]
  return [
    ...ensure(/^[A-Za-z](?:[A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(reason), () =>
      invalidField(path, reason, patternMessage(reasonRule, reasonPattern, ...reasonExamples)),
    ),
    ...ensure(reason.length <= longestReason, () => tooLongField(path, longestReason)),
  ]
}
