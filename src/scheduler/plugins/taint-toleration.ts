import { findUntoleratedTaint, type Node, type Taint, type Toleration, toleratesTaint } from '#api'
import { deepEqual } from '#machinery'
import { normalizeToMax, type Plugin, unresolvable } from '../framework/plugin.ts'
import type { PodInfo } from '../model/pod-info.ts'

const name = 'TaintToleration'

/** Without the taint's name, unlike older versions of upstream: so that such nodes are counted together. */
const rejection = unresolvable(name, 'node(s) had untolerated taint(s)')

const hardEffects = ['NoSchedule', 'NoExecute']

/** Keeps pods off nodes whose taints they do not tolerate, and prefers those with fewer soft ones. */
export const taintToleration: Plugin = {
  name,
  weight: 3,
  preFilter: ({ pod }) => {
    const tolerations = tolerationsOf(pod)
    return {
      kind: 'filter',
      filter: ({ taints }) =>
        taints.length > 0 && findUntoleratedTaint(taints, tolerations, hardEffects)
          ? rejection
          : undefined,
    }
  },
  preScore: ({ pod }) => {
    const soft = tolerationsOf(pod).filter(({ effect }) => !effect || effect === 'PreferNoSchedule')
    return {
      score: ({ taints }) => taints.reduce((count, taint) => count + weightOf(taint, soft), 0),
      normalize: (scores) => normalizeToMax(scores, true),
    }
  },
  queueingHint(event, pod) {
    if (event.kind === 'self') {
      return !deepEqual(tolerationsOf(event.before), tolerationsOf(event.after))
    }
    if (event.kind !== 'node' || !event.after || !isTolerated(event.after, pod)) return false
    return !event.before || !isTolerated(event.before, pod)
  },
}

function tolerationsOf({ pod }: PodInfo): readonly Toleration[] {
  return pod.spec?.tolerations ?? []
}

function weightOf(taint: Taint, soft: readonly Toleration[]): number {
  if (taint.effect !== 'PreferNoSchedule') return 0
  return soft.some((toleration) => toleratesTaint(toleration, taint)) ? 0 : 1
}

function isTolerated({ spec }: Node, pod: PodInfo): boolean {
  return !findUntoleratedTaint(spec?.taints, tolerationsOf(pod), hardEffects)
}
