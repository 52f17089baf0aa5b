import {
  checkQualifiedName,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import {
  type AdmissionExpressionOptions,
  compileAnnotation,
  compileMessage,
  compileValidation,
} from '#rules'
import type {
  AuditAnnotation,
  ValidatingAdmissionPolicySpec,
  Validation,
} from '../../../generated/types/admissionregistration-v1.ts'
import { eachItem, ensure, invalidWith, onlyOnce } from '../../../shared/checks.ts'
import { programErrors, validatePolicy, validateVariables } from '../shared/policy.ts'

/** Errors of a ValidatingAdmissionPolicy, on update with what it takes the place of. */
export function validateValidatingPolicy(
  name: string,
  spec: ValidatingAdmissionPolicySpec = {},
  old?: ValidatingAdmissionPolicySpec,
): FieldErrors {
  const path = fieldPath('spec')
  const variables = validateVariables(spec, { alwaysComposes: false })
  const { validations = [], auditAnnotations = [] } = spec
  const annotations = path.child('auditAnnotations')
  const head = [...validatePolicy(spec, old), ...variables.errors]
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const needed = 'validations or auditAnnotations must contain at least one item'
    return [
      ...head,
      requiredField(path.child('validations'), needed),
      requiredField(annotations, needed),
    ]
  }
  const keys = new Set<string>()
  return [
    ...head,
    ...eachItem(validations, path.child('validations'), (validation, each) =>
      validateValidation(validation, each, variables.options),
    ),
    ...ensure(auditAnnotations.length <= mostAnnotations, () =>
      invalidField(
        annotations,
        auditAnnotations,
        `must not have more than ${mostAnnotations} auditAnnotations`,
      ),
    ),
    ...eachItem(auditAnnotations, annotations, (annotation, each) => [
      ...validateAnnotation(annotation, { name, path: each, options: variables.options }),
      ...onlyOnce(keys, annotation.key, each.child('key')),
    ]),
  ]
}

const mostAnnotations = 20
const reasons: readonly string[] = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']

function validateValidation(
  { expression = '', message = '', messageExpression = '', reason }: Validation,
  path: FieldPath,
  options: AdmissionExpressionOptions,
): FieldErrors {
  const at = path.child('expression')
  return [
    ...(expression.trim() === ''
      ? [requiredField(at, 'expression is not specified')]
      : programErrors(compileValidation(expression, options), at, expression)),
    ...validateMessageExpression(messageExpression, path.child('messageExpression'), options),
    ...validateMessage(message, path.child('message')),
    ...ensure(reason === undefined || reasons.includes(reason), () =>
      notSupportedField(path.child('reason'), reason, reasons),
    ),
  ]
}

function validateMessageExpression(
  source: string,
  path: FieldPath,
  options: AdmissionExpressionOptions,
): FieldErrors {
  if (source === '') return []
  if (source.trim() === '') return [invalidField(path, source, 'must be non-empty if specified')]
  return programErrors(compileMessage(source, options), path, source)
}

function validateMessage(message: string, path: FieldPath): FieldErrors {
  const text = message.trim()
  if (message !== '' && text === '') {
    return [invalidField(path, message, 'must be non-empty if specified')]
  }
  return ensure(!/[\n\r]/.test(text), () =>
    invalidField(path, message, 'must not contain line breaks'),
  )
}

const longestAnnotation = 5 * 1024

function validateAnnotation(
  { key = '', valueExpression = '' }: AuditAnnotation,
  { name, path, options }: { name: string; path: FieldPath; options: AdmissionExpressionOptions },
): FieldErrors {
  const whole = `${name}/${key}`
  return [
    ...(name === ''
      ? [invalidField(path.child('key'), key, 'requires metadata.name be non-empty')]
      : invalidWith(path.child('key'), whole, checkQualifiedName(whole))),
    ...validateAnnotationValue(valueExpression, path.child('valueExpression'), options),
  ]
}

function validateAnnotationValue(
  expression: string,
  path: FieldPath,
  options: AdmissionExpressionOptions,
): FieldErrors {
  const source = expression.trim()
  if (source === '') return [requiredField(path, 'valueExpression is not specified')]
  if (Buffer.byteLength(source) > longestAnnotation) {
    return [requiredField(path, `must not exceed ${longestAnnotation} bytes in length`)]
  }
  return programErrors(compileAnnotation(source, options), path, expression)
}
