import {
  type Node,
  nodeReadyCondition,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgets,
  pods,
} from '#api'
import { controllerOf, type Stored } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import type { Blocker, Present } from './present.ts'

/** Tells which budgets allow no eviction of a pod at this moment. */
function budgetBlockers(pod: Stored<Pod>, { objects }: Present): readonly Blocker[] {
  const { namespace, labels = {} } = pod.metadata
  const own = objects
    .list(podDisruptionBudgets, namespace)
    .filter(
      ({ spec }) => spec?.selector && matchesLabels(selectorFromObject(spec.selector), labels),
    )
  const refusing = own.filter((budget) => budgetText(budget) !== undefined)
  const many =
    own.length > 1
      ? [{ text: `${own.length} budgets select it, and an eviction may concern only one` }]
      : []
  return [
    ...many,
    ...refusing.map((budget) => ({
      text: `budget ${budget.metadata.name} refuses an eviction: ${budgetText(budget)}`,
    })),
  ]
}

/** Says why a budget allows no disruption; undefined when it allows one. */
export function budgetText({ spec, status, metadata }: Stored<PodDisruptionBudget>) {
  const {
    disruptionsAllowed = 0,
    currentHealthy = 0,
    desiredHealthy = 0,
    expectedPods = 0,
  } = status ?? {}
  if (disruptionsAllowed > 0) return undefined
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    return 'the disruption controller has not looked at it yet'
  }
  const wanted =
    spec?.minAvailable === undefined
      ? `maxUnavailable ${spec?.maxUnavailable}`
      : `minAvailable ${spec.minAvailable}`
  if (expectedPods === 0 && currentHealthy > 0) {
    return `its pods have no controller that says how many there should be (${wanted})`
  }
  return `${currentHealthy} of ${expectedPods} pods are healthy and ${desiredHealthy} have to be (${wanted})`
}

/** Tells what a node waits for: that it is not Ready, and while it is cordoned the pods that stay. */
export function nodeBlockersOf(node: Stored<Node>, present: Present): readonly Blocker[] {
  const ready = nodeReadyCondition(node)
  const own =
    ready?.status === 'True'
      ? []
      : [{ text: `not Ready: ${ready?.reason ?? 'unknown'}: ${ready?.message ?? ''}` }]
  const pressures = (node.status?.conditions ?? [])
    .filter(({ type, status }) => type.endsWith('Pressure') && status === 'True')
    .map(({ type, message }) => ({ text: `${type}: ${message ?? ''}` }))
  return [...own, ...pressures, ...(node.spec?.unschedulable ? drainBlockers(node, present) : [])]
}

/** The most pods that are told one by one. */
const maxPods = 10

function drainBlockers({ metadata }: Stored<Node>, present: Present): readonly Blocker[] {
  const staying = present.objects
    .list(pods)
    .filter(({ spec }) => spec?.nodeName === metadata.name)
    .filter((pod) => controllerOf(pod)?.kind !== 'DaemonSet')
    .flatMap((pod) => {
      const behind = budgetBlockers(pod, present)
      const name = `${pod.metadata.namespace}/${pod.metadata.name}`
      return behind.length > 0 ? [{ text: `pod ${name} cannot be evicted`, behind }] : []
    })
  return staying.slice(0, maxPods)
}
