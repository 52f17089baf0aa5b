import { messageOf } from '#lib'
import { parseJsonPath } from '#machinery/json-path'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  ExpressionWarning,
  ValidatingAdmissionPolicyStatus,
} from '../../../generated/types/admissionregistration-v1.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { validateConditionList } from '../../../shared/conditions.ts'

/** Errors of the status of a ValidatingAdmissionPolicy. */
export function validatePolicyStatus({
  typeChecking,
  conditions,
}: ValidatingAdmissionPolicyStatus = {}): FieldErrors {
  const path = fieldPath('status')
  const warnings = path.child('typeChecking').child('expressionWarnings')
  return [
    ...eachItem(typeChecking?.expressionWarnings, warnings, validateWarning),
    ...validateConditionList(conditions, path.child('conditions')),
  ]
}

function validateWarning(
  { fieldRef = '', warning = '' }: ExpressionWarning,
  path: FieldPath,
): FieldErrors {
  return [
    ...ensure(warning !== '', () => requiredField(path.child('warning'))),
    ...validateFieldRef(fieldRef.trim(), path.child('fieldRef')),
  ]
}

function validateFieldRef(fieldRef: string, path: FieldPath): FieldErrors {
  if (fieldRef === '') return [requiredField(path)]
  try {
    parseJsonPath(fieldRef)
    return []
  } catch (error) {
    return [invalidField(path, fieldRef, `invalid JSONPath: ${messageOf(error)}`)]
  }
}
