import type { Scene, SceneWorkload } from '../input/scene.ts'
import type { SampledPod } from '../run/sampler.ts'

/** Finds the workload of the manifest that a pod belongs to. */
export function workloadOf(scene: Scene, pod: SampledPod | undefined): SceneWorkload | undefined {
  if (!pod) return undefined
  const [namespace = '', name = ''] = pod.pod.split('/')
  return scene.workloads.find(
    (each) =>
      each.namespace === namespace &&
      (pod.workload === undefined
        ? each.kind === 'Pod' && each.name === name
        : each.id === pod.workload),
  )
}
