import { deepEqual } from '#machinery'
import { validateLabelSelector } from '#machinery/selectors'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  notSupportedField,
  pathSegmentName,
  requiredField,
} from '#machinery/validation'
import type {
  MatchResources,
  NamedRuleWithOperations,
} from '../../../generated/types/admissionregistration-v1.ts'
import { changeMember, fillAbsent, mapItems } from '../../../shared/change.ts'
import { eachItem, ensure, invalidWith, onlyOnce, requireKnown } from '../../../shared/checks.ts'
import { validateRule, withRuleDefaults } from './rules.ts'

/** What a policy or a binding matches, with the defaults of upstream. */
export function withMatchDefaults(match: MatchResources): MatchResources {
  const filled = fillAbsent<MatchResources>(match, {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
  })
  const rules = (list: readonly NamedRuleWithOperations[]) =>
    mapItems(list, withRuleDefaults) ?? list
  return changeMember(changeMember(filled, 'resourceRules', rules), 'excludeResourceRules', rules)
}

/** Errors of what a policy or a binding matches. */
export function validateMatchResources(match: MatchResources, path: FieldPath): FieldErrors {
  const rules = path.child('resourceRules')
  const excluded = path.child('excludeResourceRules')
  const selector = (name: 'namespaceSelector' | 'objectSelector') =>
    match[name] ? validateLabelSelector(match[name], path.child(name)) : missing(path.child(name))
  return [
    ...requireKnown(match.matchPolicy, path.child('matchPolicy'), ['Equivalent', 'Exact']),
    ...selector('namespaceSelector'),
    ...selector('objectSelector'),
    ...eachItem(match.resourceRules, rules, validateNamedRule),
    ...eachItem(match.excludeResourceRules, excluded, validateNamedRule),
  ]
}

const missing = (path: FieldPath): FieldErrors => [requiredField(path)]

function validateNamedRule(rule: NamedRuleWithOperations, path: FieldPath): FieldErrors {
  const names = path.child('resourceNames')
  const seen = new Set<string>()
  return [
    ...eachItem(rule.resourceNames, names, (name, each) => [
      ...invalidWith(each, name, pathSegmentName(name, false)),
      ...onlyOnce(seen, name, each),
    ]),
    ...validateRule(rule, path),
  ]
}

/** What a policy has to match: at least one rule, which says what types its expressions are about. */
export function validateMatchConstraints(match: MatchResources | undefined): FieldErrors {
  const path = fieldPath('spec').child('matchConstraints')
  if (!match) return [requiredField(path)]
  return [
    ...validateMatchResources(match, path),
    ...ensure((match.resourceRules ?? []).length > 0, () =>
      requiredField(path.child('resourceRules')),
    ),
  ]
}

const mutable: readonly string[] = ['*', 'CONNECT', 'CREATE', 'UPDATE']

/** What is deleted has no object that could be changed. */
export function validateMutableOperations(
  match: MatchResources | undefined,
  path: FieldPath,
): FieldErrors {
  const at = path.child('resourceRules').child('operations')
  return (match?.resourceRules ?? []).flatMap(({ operations = [] }) =>
    operations
      .filter((operation) => !mutable.includes(operation))
      .map((operation) => notSupportedField(at, operation, mutable)),
  )
}

/** Whether conditions that were accepted once still mean the same, so that they are not looked at again. */
export function keepsConditions(spec: WithConditions, old: WithConditions): boolean {
  return (
    deepEqual(spec.paramKind, old.paramKind) && deepEqual(spec.matchConditions, old.matchConditions)
  )
}

interface WithConditions {
  readonly paramKind?: object
  readonly matchConditions?: readonly object[]
}
