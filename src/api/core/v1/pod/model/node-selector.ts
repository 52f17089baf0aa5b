import {
  type LabelOperator,
  type Labels,
  matchesLabels,
  type Requirement,
  type Selector,
  selectorFromMap,
  selectorOf,
} from '#machinery/selectors'
import type {
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
} from '../../../../generated/types/index.ts'

/** The part of a node that node selectors speak of. */
export interface SelectableNode {
  readonly name: string
  readonly labels: Labels
}

/** Says of one node whether it is admitted. */
export type NodePredicate = (node: SelectableNode) => boolean

const operators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
}

const never: NodePredicate = () => false

/**
 * Whether a pod's nodeSelector and required node affinity admit a node; undefined when it has
 * neither (upstream: component-helpers `GetRequiredNodeAffinity`).
 */
export function requiredNodes({ spec }: Pod): NodePredicate | undefined {
  const labels = spec?.nodeSelector
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const hasLabels = labels !== undefined && Object.keys(labels).length > 0
  if (!hasLabels && !required) return undefined
  const selector = selectorFromMap(labels)
  const terms = required?.nodeSelectorTerms?.map(nodeTerm)
  return (node) =>
    matchesLabels(selector, node.labels) && (!terms || terms.some((matches) => matches(node)))
}

/**
 * Reads one term of a node selector: all its expressions and fields hold together. An empty one
 * matches no node.
 */
export function nodeTerm({ matchExpressions, matchFields }: NodeSelectorTerm): NodePredicate {
  if (!matchExpressions?.length && !matchFields?.length) return never
  const labels = compile(matchExpressions)
  const fields = compile(matchFields)
  if (!labels || !fields) return never
  return (node) =>
    matchesLabels(labels, node.labels) &&
    (fields.requirements.length === 0 || matchesLabels(fields, { 'metadata.name': node.name }))
}

/** Undefined when a requirement cannot be understood: then the term matches nothing. */
function compile(requirements: readonly NodeSelectorRequirement[] | undefined) {
  const compiled: Requirement[] = []
  for (const { key, operator, values = [] } of requirements ?? []) {
    const known = operators[operator]
    if (!known) return undefined
    compiled.push({ key, operator: known, values })
  }
  return selectorOf(compiled) satisfies Selector
}
