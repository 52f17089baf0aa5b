import { type Node, nodes } from '#api'
import type { Admission } from '../admission.ts'
import { isAbout, objectAs } from '../attributes.ts'

const key = 'node.kubernetes.io/not-ready'
const effect = 'NoSchedule'

/** Upstream's TaintNodesByCondition: nothing is scheduled to a new node before it says it is ready. */
export const taintNodes: Admission = {
  name: 'TaintNodesByCondition',
  handles: (attributes) => attributes.verb === 'create' && isAbout(attributes, nodes),
  mutate({ object }) {
    const node = objectAs<Node>(object)
    const taints = node.spec?.taints ?? []
    if (taints.some((taint) => taint.key === key && taint.effect === effect)) return node
    return { ...node, spec: { ...node.spec, taints: [...taints, { key, effect }] } } as Node
  },
}
