import type { AuthorizationV1 } from '#api'
import {
  type FieldSelector,
  type LabelOperator,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
  type Selector,
  selectorOf,
} from '#machinery/selectors'
import {
  checkLabelValue,
  checkQualifiedName,
  type FieldError,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type { ResourceAttributes } from '../authz/authorizer.ts'

type Asked = AuthorizationV1.ResourceAttributes
type Given = NonNullable<Asked['fieldSelector']>
type GivenRequirement = NonNullable<Given['requirements']>[number]

/**
 * The selectors that a review is about (upstream: `ResourceAttributesFrom`). The requirements count before the text;
 * what cannot be read is left out, which only asks for more.
 */
export function reviewedSelectors({
  fieldSelector,
  labelSelector,
}: Asked): Pick<ResourceAttributes, 'fieldSelector' | 'labelSelector'> {
  const fields = fieldTerms(fieldSelector)
  const labels = labelTerms(labelSelector)
  return {
    ...(fields.length > 0 && { fieldSelector: fields }),
    ...(labels.requirements.length > 0 && { labelSelector: labels }),
  }
}

function fieldTerms({ requirements = [], rawSelector = '' }: Given = {}): FieldSelector {
  if (requirements.length === 0) return readable(rawSelector, parseFieldSelector) ?? []
  return requirements.flatMap(({ key, operator, values = [] }) => {
    const [value] = values
    const isOne = values.length === 1 && value !== undefined
    if (!isOne || (operator !== 'In' && operator !== 'NotIn')) return []
    return [{ field: key, operator: operator === 'In' ? ('=' as const) : ('!=' as const), value }]
  })
}

const labelOperators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

function labelTerms({ requirements = [], rawSelector = '' }: Given = {}): Selector {
  if (requirements.length === 0) return readable(rawSelector, parseLabelSelector) ?? selectorOf([])
  return selectorOf(
    requirements.flatMap(({ key, operator, values = [] }): readonly Requirement[] => {
      const known = labelOperators[operator]
      return known ? [{ key, operator: known, values: values.toSorted() }] : []
    }),
  )
}

function readable<S>(text: string, parse: (text: string) => S): S | undefined {
  try {
    return text === '' ? undefined : parse(text)
  } catch {
    return undefined
  }
}

/** What is wrong with the selectors of a review (upstream: `validateResourceAttributes`). */
export function selectorErrors({ fieldSelector, labelSelector }: Asked): FieldErrors {
  const path = fieldPath('spec', 'resourceAttributes')
  return [
    ...errorsOf(fieldSelector, path.child('fieldSelector'), ({ key = '' }, at) =>
      key === '' ? [requiredField(at.child('key'), 'must be specified')] : [],
    ),
    ...errorsOf(labelSelector, path.child('labelSelector'), labelErrors),
  ]
}

type CheckRequirement = (requirement: GivenRequirement, path: FieldPath) => FieldErrors

function errorsOf(
  selector: Given | undefined,
  path: FieldPath,
  check: CheckRequirement,
): FieldErrors {
  if (!selector) return []
  const { rawSelector = '', requirements = [] } = selector
  const errors: FieldError[] = []
  if (rawSelector !== '' && requirements.length > 0) {
    const detail = 'may not specified at the same time as requirements'
    errors.push(invalidField(path.child('rawSelector'), rawSelector, detail))
  }
  if (rawSelector === '' && requirements.length === 0) {
    const detail = `when ${path} is specified, requirements or rawSelector is required`
    errors.push(requiredField(path.child('requirements'), detail))
  }
  for (const [i, requirement] of requirements.entries()) {
    const at = path.child('requirements').index(i)
    errors.push(...operatorErrors(requirement, at.child('values')), ...check(requirement, at))
  }
  return errors
}

/** Operators that are not known are those of newer clients, and ask for more than they would. */
function operatorErrors({ operator, values = [] }: GivenRequirement, path: FieldPath): FieldErrors {
  const isAmong = operator === 'In' || operator === 'NotIn'
  if (isAmong && values.length === 0) {
    return [requiredField(path, "must be specified when `operator` is 'In' or 'NotIn'")]
  }
  const isThere = operator === 'Exists' || operator === 'DoesNotExist'
  if (!isThere || values.length === 0) return []
  return [
    forbiddenField(path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
  ]
}

function labelErrors({ key = '', values = [] }: GivenRequirement, path: FieldPath): FieldErrors {
  const bad = (at: FieldPath, value: string, messages: readonly string[]) =>
    messages.map((message) => invalidField(at, value, message))
  return [
    ...bad(path.child('key'), key, checkQualifiedName(key)),
    ...values.flatMap((value, i) =>
      bad(path.child('values').index(i), value, checkLabelValue(value)),
    ),
  ]
}
