import { randomInt } from '#lib'
import { findCondition } from '#machinery'
import { createRejections, fitErrorMessage } from '../framework/fit-error.ts'
import type { Plugin, PostFilterContext, PostFilterResult } from '../framework/plugin.ts'
import { unresolvable } from '../framework/plugin.ts'
import type { NodeInfo } from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { chooseCandidate } from '../preemption/choose.ts'
import { dryRun, type PreemptionCandidate } from '../preemption/dry-run.ts'

/** Also the name of the gate that holds a pod back while its victims are being evicted. */
export const preemptionName = 'DefaultPreemption'

/** Upstream's `minCandidateNodesPercentage` and `minCandidateNodesAbsolute`. */
const minCandidatesPercent = 10
const minCandidates = 100

const notHelpful = unresolvable(preemptionName, 'Preemption is not helpful for scheduling')

/** Makes room for a pod by evicting pods of lower priority where that hurts least. */
export const defaultPreemption: Plugin = {
  name: preemptionName,
  postFilter(context) {
    const obstacle = ineligibility(context)
    if (obstacle) return { kind: 'reject', reasons: [`preemption: ${obstacle}`] }
    return preempt(context)
  },
}

/** Why the pod may not preempt at all, or not now. */
function ineligibility({ pod, snapshot, rejections }: PostFilterContext): string | undefined {
  if (pod.pod.spec?.preemptionPolicy === 'Never') {
    return 'not eligible due to preemptionPolicy=Never.'
  }
  const nominated = pod.pod.status?.nominatedNodeName
  if (!nominated) return undefined
  const rejection = rejections.get(nominated) ?? rejections.others
  if (!rejection.resolvable) return undefined
  const victims = snapshot.find(nominated)?.load.pods ?? []
  return victims.some((other) => other.priority < pod.priority && isBeingPreempted(other))
    ? 'not eligible due to a terminating pod on the nominated node.'
    : undefined
}

function isBeingPreempted({ pod }: PodInfo): boolean {
  const target = findCondition(pod.status?.conditions, 'DisruptionTarget')
  return (
    pod.metadata.deletionTimestamp !== undefined &&
    target?.status === 'True' &&
    target.reason === 'PreemptionByScheduler'
  )
}

function preempt(context: PostFilterContext): PostFilterResult {
  const { pod, snapshot, rejections, nowMs } = context
  const potential = snapshot.nodes.filter(
    (node) => (rejections.get(node.name) ?? rejections.others).resolvable,
  )
  const { candidates, refusals } = findCandidates(context, potential)
  const chosen = chooseCandidate(candidates, nowMs)
  if (chosen) return { kind: 'preempt', node: chosen.node, victims: chosen.victims }
  const message = fitErrorMessage({
    pod,
    nodeCount: snapshot.nodes.length,
    rejections: refusals,
    postFilterReasons: [],
  })
  return { kind: 'reject', reasons: [`preemption: ${message}`], clearNomination: true }
}

/** Tries nodes from a random one on until there are enough candidates to choose from. */
function findCandidates(context: PostFilterContext, potential: readonly NodeInfo[]) {
  const { pod, snapshot, filterNode, random, nowMs } = context
  const refusals = createRejections(notHelpful)
  const sparing: PreemptionCandidate[] = []
  const violating: PreemptionCandidate[] = []
  const enough = Math.min(
    potential.length,
    Math.max(minCandidates, Math.floor((potential.length * minCandidatesPercent) / 100)),
  )
  const offset = potential.length === 0 ? 0 : randomInt(random, potential.length)
  const run = {
    preemptor: pod,
    filterNode,
    cluster: snapshot.cluster,
    nowMs,
    plugin: preemptionName,
  }
  for (let i = 0; i < potential.length; i++) {
    const node = potential[(offset + i) % potential.length] as NodeInfo
    const result = dryRun(run, node)
    if (result.kind === 'rejection') {
      refusals.set(node.name, result.rejection)
      continue
    }
    const { candidate } = result
    ;(candidate.violations === 0 ? sparing : violating).push(candidate)
    if (sparing.length > 0 && sparing.length + violating.length >= enough) break
  }
  return { candidates: [...sparing, ...violating], refusals }
}
