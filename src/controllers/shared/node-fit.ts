import { type Node, type PodSpec, requiredNodes } from '#api'
import type { Stored } from '#machinery'

/** Whether a node is one that the pod's nodeName, nodeSelector and required affinity admit. */
export function admitsNode(spec: PodSpec | undefined, { metadata }: Stored<Node>): boolean {
  const { name, labels = {} } = metadata
  if (spec?.nodeName && spec.nodeName !== name) return false
  return requiredNodes(spec ? { spec } : {})?.({ name, labels }) ?? true
}
