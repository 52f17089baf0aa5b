import type { PodInfo } from '../model/pod-info.ts'
import { type NodeRejections, type PluginRejection, unresolvable } from './plugin.ts'

/** What kept a pod from being placed. */
export interface FitError {
  readonly pod: PodInfo
  readonly nodeCount: number
  readonly rejections: NodeRejections
  /** Set when no node had to be looked at. */
  readonly preFilterReasons?: readonly string[]
  readonly postFilterReasons: readonly string[]
}

export interface WritableRejections extends NodeRejections {
  set(node: string, rejection: PluginRejection): void
}

/** Upstream's `NodeToStatus`: nodes that are not named count as hopeless, for no stated reason. */
export function createRejections(others: PluginRejection = unresolvable('')): WritableRejections {
  const byNode = new Map<string, PluginRejection>()
  return {
    others,
    get: (node) => byNode.get(node),
    set: (node, rejection) => void byNode.set(node, rejection),
    get size() {
      return byNode.size
    },
    entries: () => byNode.entries(),
  }
}

/** The text of `FailedScheduling` (upstream: `FitError.Error`). */
export function fitErrorMessage(error: FitError): string {
  const { nodeCount, preFilterReasons, postFilterReasons } = error
  const reasons = preFilterReasons
    ? [preFilterReasons.join(', ')]
    : histogram(error.rejections, nodeCount)
  const stated = reasons.filter((reason) => reason !== '')
  return [
    `0/${nodeCount} nodes are available:`,
    ...(stated.length > 0 ? [`${stated.join(', ')}.`] : []),
    ...(postFilterReasons.length > 0 ? [postFilterReasons.join(', ')] : []),
  ].join(' ')
}

/** `COUNT REASON`, sorted as texts, numbers included: that is upstream's order. */
function histogram(rejections: NodeRejections, nodeCount: number): readonly string[] {
  const counts = new Map<string, number>()
  const count = (reasons: readonly string[], times: number) => {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + times)
  }
  for (const [, { reasons }] of rejections.entries()) count(reasons, 1)
  if (rejections.size < nodeCount) count(rejections.others.reasons, nodeCount - rejections.size)
  return [...counts].map(([reason, times]) => `${times} ${reason}`).toSorted()
}

/** Upstream's `ErrNoNodesAvailable`. */
export const noNodesMessage = 'no nodes available to schedule pods'
