import {
  checkQualifiedName,
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
  tooManyField,
} from '#machinery/validation'
import { compileMatchCondition } from '#rules'
import type { MatchCondition } from '../../../generated/types/admissionregistration-v1.ts'
import { eachItem, ensure, invalidWith, onlyOnce } from '../../../shared/checks.ts'

const most = 64

/** Errors of the conditions under which a webhook or a policy is asked at all. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[],
  path: FieldPath,
  { hasParams = false }: { readonly hasParams?: boolean } = {},
): FieldErrors {
  const names = new Set<string>()
  return [
    ...ensure(conditions.length <= most, () => tooManyField(path, conditions.length, most)),
    ...eachItem(conditions, path, ({ name = '', expression = '' }, each) => [
      ...validateExpression(expression.trim(), each.child('expression'), hasParams),
      ...(name === ''
        ? [requiredField(each.child('name'))]
        : [
            ...invalidWith(each.child('name'), name, checkQualifiedName(name)),
            ...onlyOnce(names, name, each.child('name')),
          ]),
    ]),
  ]
}

function validateExpression(expression: string, path: FieldPath, hasParams: boolean): FieldErrors {
  if (expression === '') return [requiredField(path)]
  const compiled = compileMatchCondition(expression, hasParams)
  return 'error' in compiled ? [invalidField(path, expression, compiled.error)] : []
}
