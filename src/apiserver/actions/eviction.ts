import {
  type Eviction,
  isPodReady,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgets,
  pods,
} from '#api'
import { formatTime, type KubeObject, type Stored } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import { notFound, StatusError, successStatus } from '#machinery/status'
import type { Action, ActionRequest } from './action.ts'

/** Deletes a pod if its disruption budget allows it (upstream: EvictionREST). */
export const evictionAction: Action = async (request) => {
  const { namespace, name, objects, writer, dryRun, nowMs } = request
  const pod = objects.get(pods, { namespace, name })
  if (!pod) throw notFound(pods, name)
  if (needsBudget(pod)) await spendBudget(pod, request)
  if (!dryRun) {
    const options = (request.body as Eviction).deleteOptions ?? {}
    await writer.modify(pods, { namespace, name }, (current) => disrupted(current, nowMs))
    await writer.delete(pods, { namespace, name }, { ...options })
  }
  return { object: successStatus() as unknown as KubeObject, status: 201 }
}

/** Pods that do not run yet, have ended or are leaving anyway cost nobody anything. */
function needsBudget({ metadata, status }: Stored<Pod>): boolean {
  const idle = ['Pending', 'Succeeded', 'Failed'].includes(status?.phase ?? 'Pending')
  return !idle && metadata.deletionTimestamp === undefined
}

async function spendBudget(pod: Stored<Pod>, request: ActionRequest): Promise<void> {
  const { namespace, objects, writer, dryRun } = request
  const budgets = objects
    .list(podDisruptionBudgets, namespace)
    .filter(({ spec }) => matchesLabels(selectorFromObject(spec?.selector), pod.metadata.labels))
  if (budgets.length > 1) {
    throw new StatusError({
      code: 500,
      reason: 'InternalError',
      message:
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    })
  }
  const [budget] = budgets
  if (!budget) return
  if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' && !isPodReady(pod)) return
  if ((budget.status?.disruptionsAllowed ?? 0) <= 0) throw exhausted(budget)
  if (dryRun) return
  await writer.modify(podDisruptionBudgets, budget.metadata, (current) =>
    spent(current, pod, request.nowMs),
  )
}

function spent(
  budget: Stored<PodDisruptionBudget>,
  pod: Stored<Pod>,
  nowMs: number,
): PodDisruptionBudget {
  const allowed = budget.status?.disruptionsAllowed ?? 0
  if (allowed <= 0) throw exhausted(budget)
  const disruptedPods = { ...budget.status?.disruptedPods, [pod.metadata.name]: formatTime(nowMs) }
  const status = { ...budget.status, disruptionsAllowed: allowed - 1, disruptedPods }
  return { ...budget, status: status as NonNullable<PodDisruptionBudget['status']> }
}

function exhausted({ metadata, status }: Stored<PodDisruptionBudget>): StatusError {
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {}
  return new StatusError({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
        },
      ],
    },
  })
}

function disrupted(pod: Stored<Pod>, nowMs: number): Pod {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: formatTime(nowMs),
  }
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } }
}
