import { findCondition } from '#machinery'
import type { Node, NodeCondition } from '../../../generated/types/index.ts'

/** The condition that says whether a node can run pods. */
export function nodeReadyCondition({ status }: Node): NodeCondition | undefined {
  return findCondition(status?.conditions, 'Ready')
}

/** Whether the node's Ready condition is True. */
export function isNodeReady(node: Node): boolean {
  return nodeReadyCondition(node)?.status === 'True'
}
