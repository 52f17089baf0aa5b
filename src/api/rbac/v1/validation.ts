import { deepEqual, type Stored } from '#machinery'
import { validateLabelSelector } from '#machinery/selectors'
import {
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  pathSegmentName,
} from '#machinery/validation'
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../generated/types/rbac-v1.ts'
import { eachItem, ensure, invalidWith, requireOneOf, requireValue } from '../../shared/checks.ts'

export const rbacGroup = 'rbac.authorization.k8s.io'

/** Rules of a role; those in a namespace cannot be about URLs. */
export function validateRules(
  rules: readonly PolicyRule[] | undefined,
  namespaced: boolean,
): FieldErrors {
  return eachItem(rules, fieldPath('rules'), (rule, at) => validateRule(rule, namespaced, at))
}

/** The selectors of what a ClusterRole is put together from. */
export function validateAggregation({ aggregationRule }: ClusterRole): FieldErrors {
  if (!aggregationRule) return []
  const path = fieldPath('aggregationRule', 'clusterRoleSelectors')
  const { clusterRoleSelectors: selectors = [] } = aggregationRule
  return [
    ...requireValue(
      selectors.length,
      path,
      'at least one clusterRoleSelector required if aggregationRule is non-nil',
    ),
    ...eachItem(selectors, path, (selector, at) => validateLabelSelector(selector, at)),
  ]
}

type Binding = RoleBinding | ClusterRoleBinding

export function validateBinding({ roleRef, subjects }: Binding, namespaced: boolean): FieldErrors {
  return [
    ...validateRoleRef(roleRef ?? {}, fieldPath('roleRef'), namespaced),
    ...eachItem(subjects, fieldPath('subjects'), (subject, at) =>
      validateSubject(subject, namespaced, at),
    ),
  ]
}

/** Whoever may change a binding's subjects must not be able to hand out another role. */
export function validateBindingUpdate(
  binding: Binding,
  old: Stored<Binding>,
  namespaced: boolean,
): FieldErrors {
  return [
    ...validateBinding(binding, namespaced),
    ...ensure(deepEqual(binding.roleRef, old.roleRef), () =>
      invalidField(fieldPath('roleRef'), binding.roleRef, 'cannot change roleRef'),
    ),
  ]
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: FieldPath): FieldErrors {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule
  const verbErrors = requireValue(
    verbs?.length,
    path.child('verbs'),
    'verbs must contain at least one value',
  )
  if (nonResourceURLs?.length) {
    const error = (detail: string) => () =>
      invalidField(path.child('nonResourceURLs'), nonResourceURLs, detail)
    const isMixed = [apiGroups, resources, resourceNames].some((list) => list?.length)
    return [
      ...verbErrors,
      ...ensure(!namespaced, error('namespaced rules cannot apply to non-resource URLs')),
      ...ensure(
        !isMixed,
        error('rules cannot apply to both regular resources and non-resource URLs'),
      ),
    ]
  }
  return [
    ...verbErrors,
    ...requireValue(
      apiGroups?.length,
      path.child('apiGroups'),
      'resource rules must supply at least one api group',
    ),
    ...requireValue(
      resources?.length,
      path.child('resources'),
      'resource rules must supply at least one resource',
    ),
  ]
}

function validateRoleRef(
  { apiGroup, kind, name }: Partial<RoleRef>,
  path: FieldPath,
  namespaced: boolean,
): FieldErrors {
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  return [
    ...requireOneOf(apiGroup, path.child('apiGroup'), [rbacGroup]),
    ...requireOneOf(kind, path.child('kind'), kinds),
    ...requireValue(name, path.child('name')),
    ...(name ? invalidWith(path.child('name'), name, pathSegmentName(name, false)) : []),
  ]
}

function validateSubject(subject: Subject, namespaced: boolean, path: FieldPath): FieldErrors {
  const { kind, name, namespace, apiGroup } = subject
  const named = requireValue(name, path.child('name'))
  switch (kind) {
    case 'ServiceAccount':
      return [
        ...named,
        ...(name ? invalidWith(path.child('name'), name, checkDns1123Subdomain(name)) : []),
        ...requireOneOf(apiGroup, path.child('apiGroup'), ['']),
        ...(namespaced ? [] : requireValue(namespace, path.child('namespace'))),
      ]
    case 'User':
    case 'Group':
      return [...named, ...requireOneOf(apiGroup, path.child('apiGroup'), [rbacGroup])]
    default:
      return [
        ...named,
        ...requireOneOf(kind, path.child('kind'), ['ServiceAccount', 'User', 'Group']),
      ]
  }
}
