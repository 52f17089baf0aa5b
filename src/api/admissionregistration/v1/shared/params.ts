import type { KubeObject } from '#machinery'
import { type LabelSelector, validateLabelSelector } from '#machinery/selectors'
import {
  checkDns1035Label,
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  pathSegmentName,
  requiredField,
} from '#machinery/validation'
import type { ParamKind, ParamRef } from '../../../generated/types/admissionregistration-v1.ts'
import { ensure, invalidWith, requireKnown } from '../../../shared/checks.ts'
import { text, unset } from '../../../shared/columns.ts'

/** Errors of the kind of which the parameters of a policy are. */
export function validateParamKind(paramKind: ParamKind | undefined): FieldErrors {
  if (!paramKind) return []
  const path = fieldPath('spec').child('paramKind')
  const { apiVersion = '', kind = '' } = paramKind
  return [
    ...validateApiVersion(apiVersion, path.child('apiVersion')),
    ...(kind === '' ? [requiredField(path.child('kind'))] : validateKind(kind, path.child('kind'))),
  ]
}

function validateKind(kind: string, path: FieldPath): FieldErrors {
  const problems = checkDns1035Label(kind.toLowerCase())
  return ensure(problems.length === 0, () =>
    invalidField(
      path,
      kind,
      `may have mixed case, but should otherwise match: ${problems.join(',')}`,
    ),
  )
}

function validateApiVersion(apiVersion: string, path: FieldPath): FieldErrors {
  if (apiVersion === '') return [requiredField(path)]
  const parts = apiVersion === '/' ? ['', ''] : apiVersion.split('/')
  if (parts.length > 2) {
    return [invalidField(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
  }
  const [version = '', group = ''] = parts.toReversed()
  const wrong = (value: string, problems: readonly string[]) =>
    invalidWith(path, value, problems.length > 0 ? [problems.join(',')] : [])
  return [
    ...(group === '' ? [] : wrong(group, checkDns1123Subdomain(group))),
    ...(version === ''
      ? [invalidField(path, apiVersion, 'version must be specified')]
      : wrong(version, checkDns1035Label(version))),
  ]
}

/** Errors of what a binding says of the parameters. */
export function validateParamRef(ref: ParamRef | undefined): FieldErrors {
  if (!ref) return []
  const path = fieldPath('spec').child('paramRef')
  const { name = '', selector, parameterNotFoundAction: action } = ref
  const exclusive = 'name and selector are mutually exclusive'
  const hasBoth = name !== '' && selector !== undefined
  return [
    ...(name === '' ? [] : invalidWith(path.child('name'), name, pathSegmentName(name, false))),
    ...ensure(!hasBoth, () => forbiddenField(path.child('name'), exclusive)),
    ...validateLabelSelector(selector, path.child('selector')),
    ...ensure(!hasBoth, () => forbiddenField(path.child('selector'), exclusive)),
    ...ensure(name !== '' || selector !== undefined, () =>
      requiredField(path, 'one of name or selector must be specified'),
    ),
    ...requireKnown(action, path.child('parameterNotFoundAction'), ['Deny', 'Allow']),
  ]
}

interface PolicyObject extends KubeObject {
  readonly spec?: { readonly paramKind?: ParamKind }
}

/** The column of policies that names the kind of their parameters. */
export const paramKindColumn = text<PolicyObject>('ParamKind', ({ spec }) =>
  spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : unset,
)

interface BindingObject extends KubeObject {
  readonly spec?: { readonly paramRef?: ParamRef }
}

/** The column of bindings that names the parameters. */
export const paramRefColumn = text<BindingObject>('ParamRef', ({ spec }) => {
  const { name, namespace, selector } = spec?.paramRef ?? {}
  if (name) return `${namespace || '*'}/${name}`
  return selector ? goSelector(selector) : unset
})

/** A selector as Go prints the struct. */
function goSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`)
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}
