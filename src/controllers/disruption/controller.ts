import {
  deployments,
  type Pod,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '#api'
import { controllerOf, deepEqual, type KubeObject, keyOf, type Stored } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import { type Controller, type ControllerContext, watching } from '../runner/controller.ts'
import { budgetStatus, msUntilTimeout } from './plan.ts'

const replicaSources = {
  Deployment: deployments,
  ReplicaSet: replicaSets,
  ReplicationController: replicationControllers,
  StatefulSet: statefulSets,
} as const

/** Tells evictions how many pods a budget spares (upstream: pkg/controller/disruption). */
export const disruptionController: Controller = {
  name: 'disruption',
  eventSource: 'controllermanager',
  workers: 1,
  permissions: [
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'replicasets', 'statefulsets'],
      verbs: ['get', 'list', 'watch'],
    },
    { apiGroups: [''], resources: ['replicationcontrollers'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: ['policy'],
      resources: ['poddisruptionbudgets'],
      verbs: ['get', 'list', 'watch'],
    },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets/status'], verbs: ['update'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  ],
  start(context) {
    const budgets = context.informers.informer(podDisruptionBudgets)
    const cached = context.informers.informer(pods)
    const scaleOf = createScales(context)
    const selects = (selector: Parameters<typeof selectorFromObject>[0], pod: Stored<Pod>) =>
      matchesLabels(selectorFromObject(selector), pod.metadata.labels)
    const inNamespace = ({ metadata }: Stored<KubeObject>) =>
      budgets.list(metadata.namespace).map(keyOf)
    return {
      watches: [
        watching(podDisruptionBudgets, (budget) => [keyOf(budget)]),
        watching(pods, (pod) =>
          budgets
            .list(pod.metadata.namespace)
            .filter(({ spec }) => selects(spec?.selector, pod))
            .map(keyOf),
        ),
        ...Object.values(replicaSources).map((resource) =>
          watching<KubeObject>(resource, (owner) => inNamespace(owner)),
        ),
      ],
      async reconcile(key, { client, clock }) {
        const budget = budgets.get(key)
        if (!budget) return undefined
        const selected = cached
          .list(budget.metadata.namespace)
          .filter((pod) => selects(budget.spec?.selector, pod))
        const nowMs = clock.wallMs()
        const expectedScale = scaleOf(selected)
        const status = budgetStatus({ budget, pods: selected, expectedScale, nowMs })
        if (!deepEqual(status, budget.status ?? {})) {
          const next = { ...budget, status }
          await client.update(podDisruptionBudgets, next, { subresource: 'status' })
        }
        const againInMs = msUntilTimeout(status, nowMs)
        return againInMs === undefined ? undefined : { againInMs }
      },
    }
  },
}

interface Scaled extends KubeObject {
  readonly spec?: { readonly replicas?: number }
}

/** Sums the sizes that the controllers of pods are told to have, each once; loose pods have none. */
function createScales({ informers }: ControllerContext) {
  const caches = new Map(
    Object.entries(replicaSources).map(([kind, resource]) => [
      kind,
      informers.informer<Scaled>(resource),
    ]),
  )
  const ownerOf = (object: Stored<KubeObject>): Stored<Scaled> | undefined => {
    const reference = controllerOf(object)
    const owner = caches
      .get(reference?.kind ?? '')
      ?.get(`${object.metadata.namespace}/${reference?.name}`)
    return owner?.metadata.uid === reference?.uid ? owner : undefined
  }
  return (selected: readonly Stored<Pod>[]): number => {
    const sizes = new Map<string, number>()
    for (const pod of selected) {
      const owner = ownerOf(pod)
      if (!owner) continue
      const top = ownerOf(owner) ?? owner
      sizes.set(top.metadata.uid, top.spec?.replicas ?? 1)
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0)
  }
}
