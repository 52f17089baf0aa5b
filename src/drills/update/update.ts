import { isPodReady, pods } from '#api'
import { controllerOf } from '#machinery'
import type { SceneWorkload } from '../input/scene.ts'
import { annotateTemplate, rollingWorkloads } from '../run/actions.ts'
import { applyScene } from '../run/apply.ts'
import type { Drill, DrillCase } from '../run/drill.ts'
import type { DrillStage } from '../run/stage.ts'

/** How long a new version that does not work is left alone before it is taken back. */
const brokenMs = 60_000
const rolloutLimitMs = 10 * 60_000

/** New versions that do not work: what their pods are told. */
const broken: readonly (readonly [name: string, Readonly<Record<string, string>>])[] = [
  ['a version that crashes', { 'sim.knarr.dev/exit-after': '1s', 'sim.knarr.dev/exit-code': '1' }],
  ['a version whose image is missing', { 'sim.knarr.dev/image': 'missing' }],
]

/** `update`: a rolling update, its rollback, and updates to versions that do not work. */
export const updateDrill: Drill = {
  name: 'update',
  title: 'a rolling update under load',
  objectives: { maxLost: 0, readyWithinMs: 10 * 60_000 },
  varies: ['startup', 'on-sigterm'],
  cases: (scene, { to }) => {
    if (rollingWorkloads(scene.workloads).length === 0)
      return 'nothing in the manifest is rolled out'
    const update: DrillCase = {
      name: to ? 'update to the other manifest' : 'rolling update',
      act: async (stage) => {
        const band = stage.band('update', '')
        if (to) await applyScene(stage.cluster, to.objects)
        else await restart(stage, 'update')
        await stage.until(stage.isReady, rolloutLimitMs)
        band.end()
      },
    }
    const rollback: DrillCase = {
      name: 'rollback',
      act: async (stage) => {
        const band = stage.band('update, taken back half way', '')
        if (to) await applyScene(stage.cluster, to.objects)
        else await restart(stage, 'update')
        await stage.advance(3_000)
        if (to) await applyScene(stage.cluster, scene.objects)
        else await restart(stage, null)
        await stage.until(stage.isReady, rolloutLimitMs)
        band.end()
      },
    }
    return [update, rollback, ...broken.map(brokenUpdate)]
  },
}

function brokenUpdate([name, annotations]: (typeof broken)[number]): DrillCase {
  return {
    name,
    act: async (stage) => {
      const band = stage.band(name, '')
      for (const workload of rollingWorkloads(stage.scene.workloads)) {
        await annotateTemplate(stage, workload, annotations)
      }
      await stage.advance(brokenMs)
      band.end()
      const back = Object.fromEntries(Object.keys(annotations).map((key) => [key, null]))
      for (const workload of rollingWorkloads(stage.scene.workloads)) {
        await annotateTemplate(stage, workload, back)
        // A StatefulSet does not replace a pod that never was Ready: whoever takes an update back deletes it.
        if (workload.kind === 'StatefulSet') await deleteUnready(stage, workload)
      }
      await stage.until(stage.isReady, rolloutLimitMs)
    },
  }
}

async function deleteUnready(stage: DrillStage, workload: SceneWorkload): Promise<void> {
  const { objects, client } = stage.cluster
  for (const pod of objects.list(pods, workload.namespace)) {
    const { name, namespace = '' } = pod.metadata
    const isOwn = controllerOf(pod)?.name === workload.name && name.startsWith(`${workload.name}-`)
    if (isOwn && !isPodReady(pod)) await client.delete(pods, { name, namespace })
  }
}

/** As `kubectl rollout restart` does; null takes it back. */
async function restart(stage: DrillStage, value: string | null): Promise<void> {
  for (const workload of rollingWorkloads(stage.scene.workloads)) {
    await annotateTemplate(stage, workload, { 'kubectl.kubernetes.io/restartedAt': value })
  }
}
