import {
  type FieldError,
  forbiddenField,
  invalidField,
  requiredField,
} from '../fields/field-errors.ts'
import type { FieldPath } from '../fields/field-path.ts'
import { validateLabelKey, validateLabels } from '../validation/meta-parts.ts'
import { checkLabelValue } from '../validation/names.ts'
import type { LabelSelector, LabelSelectorRequirement } from './label-selector.ts'

/** Rules for a metav1.LabelSelector; `allowInvalidValues` keeps stored selectors with bad values. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: FieldPath,
  options: { readonly allowInvalidValues?: boolean } = {},
): FieldError[] {
  if (!selector) return []
  const expressions = path.child('matchExpressions')
  return [
    ...validateLabels(selector.matchLabels ?? {}, path.child('matchLabels')),
    ...(selector.matchExpressions ?? []).flatMap((requirement, i) => [
      ...validateRequirement(requirement, expressions.index(i)),
      ...(options.allowInvalidValues ? [] : validateValues(requirement, expressions.index(i))),
    ]),
  ]
}

function validateRequirement(requirement: LabelSelectorRequirement, path: FieldPath): FieldError[] {
  return [
    ...validateOperator(requirement, path),
    ...validateLabelKey(requirement.key ?? '', path.child('key')),
  ]
}

function validateOperator(
  { operator, values = [] }: LabelSelectorRequirement,
  path: FieldPath,
): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return []
      return [
        requiredField(path.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"),
      ]
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return []
      return [
        forbiddenField(
          path.child('values'),
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      ]
    default:
      return [invalidField(path.child('operator'), operator ?? '', 'not a valid selector operator')]
  }
}

function validateValues({ values = [] }: LabelSelectorRequirement, path: FieldPath): FieldError[] {
  return values.flatMap((value, i) =>
    checkLabelValue(value).map((message) =>
      invalidField(path.child('values').index(i), value, message),
    ),
  )
}
