/** What must hold for `x-kubernetes-validations`, other than that the rules can be compiled. */
import {
  type FieldError,
  invalidField,
  notSupportedField,
  requiredField,
} from '../../fields/field-errors.ts'
import type { FieldPath } from '../../fields/field-path.ts'
import { schemaAt } from '../model/schema-at.ts'
import type { CustomRule, CustomSchemaProps } from '../model/schema-props.ts'
import type { Structural } from '../model/structural.ts'

/** Sorted, as upstream lists them. */
const reasons = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
]

/** The tree of the node is undefined where it cannot be made: then no path of it is checked. */
export function ruleErrors(
  props: CustomSchemaProps,
  structural: () => Structural | undefined,
  path: FieldPath,
): FieldError[] {
  const rules = props['x-kubernetes-validations'] ?? []
  return rules.flatMap((rule, i) => {
    const at = path.child('x-kubernetes-validations').index(i)
    return [...textErrors(rule, at), ...fieldPathErrors(rule, structural, at.child('fieldPath'))]
  })
}

function textErrors(given: CustomRule, path: FieldPath): FieldError[] {
  const { rule = '', message = '', messageExpression = '', reason } = given
  const errors: FieldError[] = []
  if (rule.trim() === '') {
    errors.push(requiredField(path.child('rule'), 'rule is not specified'))
  } else if (message !== '' && message.trim() === '') {
    errors.push(invalidField(path.child('message'), message, 'must be non-empty if specified'))
  } else if (hasNewlines(message.trim())) {
    errors.push(invalidField(path.child('message'), message, 'must not contain line breaks'))
  } else if (hasNewlines(rule.trim()) && message.trim() === '') {
    const why = 'message must be specified if rule contains line breaks'
    errors.push(requiredField(path.child('message'), why))
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    const why = 'messageExpression must be non-empty if specified'
    errors.push(requiredField(path.child('messageExpression'), why))
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    errors.push(notSupportedField(path.child('reason'), reason, reasons))
  }
  return errors
}

function fieldPathErrors(
  { fieldPath = '' }: CustomRule,
  structural: () => Structural | undefined,
  path: FieldPath,
): FieldError[] {
  if (fieldPath === '') return []
  const node = structural()
  const leadsNowhere = node !== undefined && 'refusal' in schemaAt(node, fieldPath)
  const rules: readonly [boolean, string][] = [
    [fieldPath.trim() === '', 'must be non-empty if specified'],
    [hasNewlines(fieldPath), 'must not contain line breaks'],
    [leadsNowhere, 'must be a valid path'],
  ]
  return rules.flatMap(([isBroken, rule]) =>
    isBroken ? [invalidField(path, fieldPath, rule)] : [],
  )
}

function hasNewlines(text: string): boolean {
  return /[\n\r]/.test(text)
}
