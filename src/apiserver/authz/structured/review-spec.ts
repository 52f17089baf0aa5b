import type { AuthorizationV1 } from '#api'
import type { LabelOperator } from '#machinery/selectors'
import type { AuthorizationAttributes, ResourceAttributes } from '../authorizer.ts'

/** What a webhook is asked: the spec of a SubjectAccessReview. */
export type ReviewSpec = AuthorizationV1.SubjectAccessReviewSpec

/** What a webhook has answered. */
export interface ReviewStatus {
  readonly allowed?: boolean
  readonly denied?: boolean
  readonly reason?: string
}

type Requirements = AuthorizationV1.FieldSelectorAttributes['requirements']

/** What a request wants as a webhook is asked about it (upstream: `resourceAttributesFrom`). */
export function reviewSpecOf(attributes: AuthorizationAttributes): ReviewSpec {
  const { name, groups, uid, extra } = attributes.user
  const who = {
    user: name,
    ...(groups.length > 0 && { groups }),
    ...(extra && { extra }),
    ...(uid && { uid }),
  }
  if (attributes.kind === 'nonResource') {
    const { path, verb } = attributes
    return { nonResourceAttributes: { path, verb }, ...who }
  }
  return { resourceAttributes: resourceAttributesOf(attributes), ...who }
}

function resourceAttributesOf(asked: ResourceAttributes): AuthorizationV1.ResourceAttributes {
  const { namespace, verb, group, version, resource, subresource, name } = asked
  const texts = { namespace, verb, group, version, resource, subresource, name }
  const given = Object.entries(texts).filter(([, value]) => value !== '')
  const fields = fieldRequirements(asked)
  const labels = labelRequirements(asked)
  return {
    ...Object.fromEntries(given),
    ...(fields.length > 0 && { fieldSelector: { requirements: fields } }),
    ...(labels.length > 0 && { labelSelector: { requirements: labels } }),
  }
}

function fieldRequirements({ fieldSelector = [] }: ResourceAttributes): NonNullable<Requirements> {
  return fieldSelector.map(({ field, operator, value }) => ({
    key: field,
    operator: operator === '=' ? 'In' : 'NotIn',
    values: [value],
  }))
}

const operators: Partial<Readonly<Record<LabelOperator, string>>> = {
  in: 'In',
  '=': 'In',
  '==': 'In',
  notin: 'NotIn',
  '!=': 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
}

/** Requirements narrow, so that those that have no form here may be left out. */
function labelRequirements({ labelSelector }: ResourceAttributes): NonNullable<Requirements> {
  return (labelSelector?.requirements ?? []).flatMap(({ key, operator, values }) => {
    const known = operators[operator]
    if (known === undefined) return []
    return [{ key, operator: known, ...(values.length > 0 && { values }) }]
  })
}
