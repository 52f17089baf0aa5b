import type { PodDisruptionBudget } from '#api'
import type { ManifestObject } from '../../input/manifest.ts'
import type { Scene, SceneWorkload } from '../../input/scene.ts'
import { type ManifestChange, podLabelsOf, specPatch } from './change.ts'

/** Gives a workload of several pods a budget, so that no more than one is evicted at a time. */
export const addBudget: ManifestChange = {
  name: 'budget',
  patches: (workload, scene) => {
    const labels = podLabelsOf(workload)
    const isFit = workload.replicas > 1 && Object.keys(labels).length > 0
    if (!isFit || workload.kind === 'DaemonSet' || budgetsOf(workload, scene).length > 0) return []
    const { namespace, name, id } = workload
    const spec = { maxUnavailable: 1, selector: { matchLabels: labels } }
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace },
      spec,
    }
    const target = { apiVersion: budget.apiVersion, kind: budget.kind, namespace, name }
    const text = `lets no more than one pod of ${id} be evicted at a time`
    return [{ change: 'budget', text, target, type: 'create', patch: budget }]
  },
}

/** Lets a budget that allows no eviction allow one at a time. */
export const looserBudget: ManifestChange = {
  name: 'looser-budget',
  patches: (workload, scene) =>
    budgetsOf(workload, scene).map((source) =>
      specPatch(source, 'looser-budget', {
        text: `lets the budget ${source.object.metadata?.name} allow one eviction at a time`,
        spec: { minAvailable: null, maxUnavailable: 1 },
      }),
    ),
}

/** The budgets that select the pods of a workload. */
function budgetsOf(workload: SceneWorkload, { objects }: Scene): readonly ManifestObject[] {
  const labels = podLabelsOf(workload)
  return objects.filter(({ object }) => {
    if (object.kind !== 'PodDisruptionBudget') return false
    if (object.metadata?.namespace !== workload.namespace) return false
    // Cast: it says that it is one.
    const { selector } = (object as PodDisruptionBudget).spec ?? {}
    const wanted = Object.entries(selector?.matchLabels ?? {})
    return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value)
  })
}
