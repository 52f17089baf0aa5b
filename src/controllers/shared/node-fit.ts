import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from '#api'
import type { Stored } from '#machinery'

/** Whether a node is one that the pod's nodeName, nodeSelector and required affinity admit. */
export function admitsNode(spec: PodSpec | undefined, node: Stored<Node>): boolean {
  const { nodeName, nodeSelector = {}, affinity } = spec ?? {}
  if (nodeName && nodeName !== node.metadata.name) return false
  const labels = node.metadata.labels ?? {}
  if (Object.entries(nodeSelector).some(([key, value]) => labels[key] !== value)) return false
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node))
}

/** A term without any requirement matches nothing. */
function matchesTerm(term: NodeSelectorTerm, { metadata }: Stored<Node>): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields: Readonly<Record<string, string>> = { 'metadata.name': metadata.name }
  const labels = metadata.labels ?? {}
  return (
    matchExpressions.every((each) => matches(each, labels[each.key])) &&
    matchFields.every((each) => matches(each, fields[each.key]))
  )
}

function matches(
  { operator, values = [] }: NodeSelectorRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}
