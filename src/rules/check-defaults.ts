import { objectBudget } from '#cel'
import { hasRules, type Structural } from '#machinery/structural'
import type { FieldErrors, FieldPath } from '#machinery/validation'
import { ruleTreeAt } from './rule-tree.ts'
import { brokenBelow } from './validate-rules.ts'

/**
 * What the defaults of a schema break of its rules: they stand in objects as if written. Those below
 * `additionalProperties` are not looked at, as upstream does not (`ValidateDefaults` in
 * apiextensions-apiserver).
 */
export function checkDefaults(structural: Structural, path: FieldPath): FieldErrors {
  const budget = objectBudget()
  return checkBelow(structural, path)

  function checkBelow(node: Structural, at: FieldPath): FieldErrors {
    if (budget.remaining <= 0 || !hasRules(node.props)) return []
    const { items } = node
    return [
      ...checkDefault(node, at.child('default')),
      ...(items ? checkBelow(items, at.child('items')) : []),
      ...[...node.properties].flatMap(([name, child]) =>
        checkBelow(child, at.child('properties').key(name)),
      ),
    ]
  }

  /** It may come on creation, and stay on update. */
  function checkDefault(node: Structural, at: FieldPath): FieldErrors {
    const value = node.default
    const tree = value === undefined ? undefined : ruleTreeAt(node)
    if (!tree) return []
    const onUpdate = brokenBelow(tree, { path: at, value, old: value, budget })
    if (onUpdate.length > 0) return onUpdate
    return brokenBelow(tree, { path: at, value, old: undefined, budget })
  }
}
