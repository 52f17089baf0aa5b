import type { Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import {
  isQuotaResource,
  validateQuotaResourceName,
  validateResourceQuantity,
} from '../../../shared/resource-amounts.ts'

const ofPods = ['pods']
const compute = ['cpu', 'memory'].flatMap((name) => [name, `limits.${name}`, `requests.${name}`])
const ofRunning = [...ofPods, ...compute]

/** The resources of Kubernetes' own that may be bounded within a scope. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  Terminating: ofRunning,
  NotTerminating: ofRunning,
  BestEffort: ofPods,
  NotBestEffort: ofRunning,
  PriorityClass: ofRunning,
  CrossNamespacePodAffinity: ofRunning,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
}
/** Scopes that say it all by their name. */
const plainScopes = new Set([
  ...['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating'],
  'CrossNamespacePodAffinity',
])
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
]

export function validateQuota({ spec = {} }: ResourceQuota): FieldErrors {
  const path = fieldPath('spec')
  return [
    ...validateAmounts(spec.hard, path.child('hard')),
    ...validateScopes(spec, path.child('scopes')),
    ...validateSelector(spec, path.child('scopeSelector', 'matchExpressions')),
  ]
}

export function validateQuotaUpdate(
  quota: ResourceQuota,
  { spec: oldSpec }: Stored<ResourceQuota>,
): FieldErrors {
  const scopesOf = (spec: ResourceQuotaSpec | undefined) =>
    [...new Set(spec?.scopes ?? [])].toSorted().join()
  return [
    ...validateQuota(quota),
    ...ensure(scopesOf(quota.spec) === scopesOf(oldSpec), () =>
      invalidField(fieldPath('spec', 'scopes'), quota.spec?.scopes ?? null, 'field is immutable'),
    ),
  ]
}

export function validateQuotaStatus({ status }: ResourceQuota): FieldErrors {
  return [
    ...validateAmounts(status?.hard, fieldPath('status', 'hard')),
    ...validateAmounts(status?.used, fieldPath('status', 'used')),
  ]
}

function validateAmounts(
  amounts: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldErrors {
  return Object.entries(amounts ?? {}).flatMap(([name, text]) => [
    ...validateQuotaResourceName(name, path.key(name)),
    ...validateResourceQuantity(name, text, path.key(name)),
  ])
}

function validateScopes({ scopes: given = [], hard }: ResourceQuotaSpec, path: FieldPath) {
  return [
    ...given.flatMap((scope) => [
      ...ensure(scope in scopes, () => invalidField(path, given, 'unsupported scope')),
      ...misapplied(scope, hard, () => invalidField(path, given, misappliedText)),
    ]),
    ...contradictions(given, () => invalidField(path, given, 'conflicting scopes')),
  ]
}

const misappliedText = 'unsupported scope applied to resource'

/** An error for each resource of Kubernetes' own that the scope says nothing about. */
function misapplied(
  scope: string,
  hard: ResourceQuotaSpec['hard'],
  error: () => FieldErrors[number],
): FieldErrors {
  const fitting = scopes[scope]
  return Object.keys(hard ?? {})
    .filter((name) => fitting && isQuotaResource(name) && !fitting.includes(name))
    .map(error)
}

function contradictions(given: readonly string[], error: () => FieldErrors[number]): FieldErrors {
  return conflicts.filter((pair) => pair.every((scope) => given.includes(scope))).map(error)
}

function validateSelector(spec: ResourceQuotaSpec, path: FieldPath): FieldErrors {
  const { scopeSelector, hard } = spec
  const expressions = scopeSelector?.matchExpressions ?? []
  return [
    ...expressions.flatMap((expression) => [
      ...ensure(expression.scopeName in scopes, () =>
        invalidField(path.child('scopeName'), expression.scopeName, 'unsupported scope'),
      ),
      ...misapplied(expression.scopeName, hard, () =>
        invalidField(path, scopeSelector, misappliedText),
      ),
      ...validateOperator(expression, path),
    ]),
    ...contradictions(
      expressions.map(({ scopeName }) => scopeName),
      () => invalidField(path, spec.scopes ?? null, 'conflicting scopes'),
    ),
  ]
}

function validateOperator(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  path: FieldPath,
): FieldErrors {
  const mustExist =
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
  return [
    ...ensure(!plainScopes.has(scopeName) || operator === 'Exists', () =>
      invalidField(path.child('operator'), operator, mustExist),
    ),
    ...validateValues(operator, values, path),
  ]
}

function validateValues(operator: string, values: readonly string[], path: FieldPath): FieldErrors {
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const rule =
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
      return ensure(values.length > 0, () => requiredField(path.child('values'), rule))
    }
    case 'Exists':
    case 'DoesNotExist': {
      const rule =
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
      return ensure(values.length === 0, () => invalidField(path.child('values'), values, rule))
    }
    default:
      return [invalidField(path.child('operator'), operator, 'not a valid selector operator')]
  }
}
