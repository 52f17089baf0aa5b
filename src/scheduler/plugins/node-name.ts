import { type Plugin, skip, unresolvable } from '../framework/plugin.ts'

const name = 'NodeName'
const rejection = unresolvable(name, "node(s) didn't match the requested node name")

/** Admits only the node that the pod names. */
export const nodeNamePlugin: Plugin = {
  name,
  preFilter({ pod }) {
    const wanted = pod.pod.spec?.nodeName
    if (!wanted) return skip
    return { kind: 'filter', filter: (node) => (node.name === wanted ? undefined : rejection) }
  },
  queueingHint: (event, { pod }) =>
    event.kind === 'node' &&
    !event.before &&
    event.after?.metadata.name === (pod.spec?.nodeName ?? ''),
}
