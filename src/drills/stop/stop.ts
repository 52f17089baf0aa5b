import { pods } from '#api'
import type { SceneWorkload } from '../input/scene.ts'
import { deleteWorkload, patchWorkload, podsOf } from '../run/actions.ts'
import type { Drill, DrillCase } from '../run/drill.ts'

/** How often it is done in one run: a request must be at the right place at the right time to be lost. */
const times = 3
/** Longer than the grace of most. */
const settleMs = 45_000

/** `stop`: pods are taken away under load, one by one and all at once. */
export const stopDrill: Drill = {
  name: 'stop',
  title: 'pods are stopped under load',
  objectives: { maxLost: 0 },
  varies: ['on-sigterm', 'latency'],
  cases: ({ workloads }) => {
    const scaled = workloads.filter(
      ({ kind, replicas }) => (kind === 'Deployment' || kind === 'StatefulSet') && replicas > 1,
    )
    return [...(scaled.length > 0 ? [scaleDown(scaled)] : []), deleteOne, deleteAll]
  },
}

function scaleDown(scaled: readonly SceneWorkload[]): DrillCase {
  return {
    name: 'scale down',
    act: async (stage) => {
      const band = stage.band('scaled down and up again', '')
      for (let round = 0; round < times; round++) {
        for (const workload of scaled) {
          await patchWorkload(stage, workload, { spec: { replicas: workload.replicas - 1 } })
        }
        await stage.advance(settleMs)
        for (const workload of scaled) {
          await patchWorkload(stage, workload, { spec: { replicas: workload.replicas } })
        }
        await stage.until(stage.isReady, settleMs)
      }
      band.end()
    },
  }
}

/** What a pod by itself or the only one of a workload cannot bear; the others take over. */
const deleteOne: DrillCase = {
  name: 'delete a pod of each',
  counts: 'underWay',
  act: async (stage) => {
    for (let round = 0; round < times; round++) {
      for (const workload of stage.scene.workloads) {
        const [pod] = podsOf(stage, workload)
        if (!pod || workload.kind === 'Pod') continue
        const { name, namespace = '' } = pod.metadata
        stage.band(`${name} is deleted`, name).end()
        await stage.cluster.client.delete(pods, { name, namespace })
      }
      await stage.advance(5_000)
      await stage.until(stage.isReady, settleMs)
    }
  },
}

const deleteAll: DrillCase = {
  name: 'delete all',
  counts: 'underWay',
  endsUnready: true,
  act: async (stage) => {
    stage.band('all workloads are deleted', '')
    for (const workload of stage.scene.workloads) await deleteWorkload(stage, workload)
    await stage.advance(settleMs)
  },
}
