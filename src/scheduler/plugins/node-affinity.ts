import { type Node, nodeTerm, requiredNodes, type SelectableNode } from '#api'
import { normalizeToMax, type Plugin, skip, unresolvable } from '../framework/plugin.ts'
import { labelsChanged } from '../model/cluster-event.ts'
import { namedNodes } from '../model/node-selector.ts'

const name = 'NodeAffinity'
const rejection = unresolvable(name, "node(s) didn't match Pod's node affinity/selector")
const conflict = unresolvable(name, 'pod affinity terms conflict')

/** Admits the nodes that nodeSelector and required node affinity select; prefers the preferred. */
export const nodeAffinity: Plugin = {
  name,
  weight: 2,
  preFilter({ pod: { pod } }) {
    const admits = requiredNodes(pod)
    if (!admits) return skip
    const onlyNodes = namedNodes(pod)
    if (onlyNodes?.size === 0) return { kind: 'reject', rejection: conflict }
    return {
      kind: 'filter',
      filter: (node) => (admits(node) ? undefined : rejection),
      ...(onlyNodes ? { onlyNodes } : {}),
    }
  },
  preScore({ pod: { pod } }) {
    const affinity = pod.spec?.affinity?.nodeAffinity
    const preferences = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    if (preferences.length === 0) return undefined
    const terms = preferences
      .filter(({ weight }) => weight !== 0)
      .map(({ weight, preference }) => ({ weight, matches: nodeTerm(preference) }))
    return {
      score: (node) =>
        terms.reduce((sum, { weight, matches }) => sum + (matches(node) ? weight : 0), 0),
      normalize: (scores) => normalizeToMax(scores, false),
    }
  },
  queueingHint(event, { pod }) {
    if (event.kind !== 'node' || !event.after) return false
    if (event.before && !labelsChanged(event.before, event.after)) return false
    const admits = requiredNodes(pod)
    if (!admits) return true
    return admits(selectable(event.after)) && !(event.before && admits(selectable(event.before)))
  },
}

function selectable({ metadata }: Node): SelectableNode {
  return { name: metadata?.name ?? '', labels: metadata?.labels ?? {} }
}
