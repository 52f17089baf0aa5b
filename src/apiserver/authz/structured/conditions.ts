import {
  type CelType,
  type CompiledCel,
  celTypes,
  celValueOf,
  compileRule,
  declaredTypeName,
  listType,
  mapType,
  plainObjectType,
} from '#cel'
import type { ReviewSpec } from './review-spec.ts'

const { string, bool } = celTypes

const selector = (name: string) =>
  plainObjectType(name, {
    rawSelector: string,
    requirements: listType(
      plainObjectType('kubernetes.SelectorRequirement', {
        key: string,
        operator: string,
        values: listType(string),
      }),
    ),
  })

const requestType: CelType = plainObjectType('kubernetes.SubjectAccessReviewSpec', {
  resourceAttributes: plainObjectType('kubernetes.ResourceAttributes', {
    namespace: string,
    verb: string,
    group: string,
    version: string,
    resource: string,
    subresource: string,
    name: string,
    fieldSelector: selector('kubernetes.FieldSelectorAttributes'),
    labelSelector: selector('kubernetes.LabelSelectorAttributes'),
  }),
  nonResourceAttributes: plainObjectType('kubernetes.NonResourceAttributes', {
    path: string,
    verb: string,
  }),
  user: string,
  groups: listType(string),
  extra: mapType(string, listType(string)),
  uid: string,
})

/** Reads a condition of an authorizer, or gives what is wrong with it. */
export function readCondition(source: string): CompiledCel | { readonly error: string } {
  const compiled = compileRule(source, { variables: { request: requestType } })
  if ('error' in compiled) return { error: compiled.error }
  const got = declaredTypeName(compiled.checkedType)
  const wanted = declaredTypeName(bool)
  return got === wanted ? compiled : { error: `must evaluate to ${wanted} but got ${got}` }
}

/**
 * Whether an authorizer is to be asked. One condition that does not hold settles it, whatever goes wrong with others.
 * @throws Error with upstream's words
 */
export function conditionsHold(conditions: readonly CompiledCel[], spec: ReviewSpec): boolean {
  const errors: string[] = []
  const request = celValueOf(requestType, shownSpec(spec))
  for (const condition of conditions) {
    const outcome = condition.evaluate({ request })
    if ('error' in outcome) {
      errors.push(
        `cel evaluation error: expression '${condition.source}' resulted in error: ${outcome.error}`,
      )
    } else if (outcome.value !== true) return false
  }
  if (errors.length === 0) return true
  throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`)
}

const texts = { namespace: '', verb: '', group: '', version: '', resource: '', subresource: '' }

/** With every text, empty ones too. */
function shownSpec({ resourceAttributes, ...spec }: ReviewSpec): object {
  return {
    ...{ user: '', groups: [], uid: '', extra: {} },
    ...spec,
    ...(resourceAttributes && {
      resourceAttributes: { ...texts, name: '', ...resourceAttributes },
    }),
  }
}
