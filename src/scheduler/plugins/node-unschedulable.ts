import { type Node, type Taint, toleratesTaint } from '#api'
import { type Plugin, unresolvable } from '../framework/plugin.ts'
import type { PodInfo } from '../model/pod-info.ts'

const name = 'NodeUnschedulable'

const cordonTaint: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
const rejection = unresolvable(name, 'node(s) were unschedulable')

/** Keeps pods off cordoned nodes unless they tolerate the taint that stands for it. */
export const nodeUnschedulable: Plugin = {
  name,
  preFilter: ({ pod }) => {
    const tolerated = toleratesCordon(pod)
    return tolerated
      ? { kind: 'skip' }
      : {
          kind: 'filter',
          filter: ({ node }) => (isCordoned(node) ? rejection : undefined),
        }
  },
  queueingHint(event, pod) {
    if (event.kind === 'self') return toleratesCordon(event.after)
    if (event.kind !== 'node' || !event.after || isCordoned(event.after)) return false
    return !event.before || (isCordoned(event.before) && !toleratesCordon(pod))
  },
}

function isCordoned({ spec }: Node): boolean {
  return spec?.unschedulable === true
}

function toleratesCordon({ pod }: PodInfo): boolean {
  const tolerations = pod.spec?.tolerations ?? []
  return tolerations.some((toleration) => toleratesTaint(toleration, cordonTaint))
}
