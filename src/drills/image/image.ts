import { imageTag } from '#api'
import type { Scene, SceneWorkload } from '../input/scene.ts'
import { annotateTemplate, podsOf, rollingWorkloads } from '../run/actions.ts'
import type { Drill } from '../run/drill.ts'
import type { DrillStage } from '../run/stage.ts'

const rolloutLimitMs = 5 * 60_000
/** Tags under which another image is pushed every day. */
const moving = /^(latest|main|master|stable|edge|dev|develop|nightly|staging|production|prod)$/

/** `image`: another image is pushed under the same tag; who restarts must get it. */
export const imageDrill: Drill = {
  name: 'image',
  title: 'another image under the same tag',
  objectives: { maxUnfinished: 0 },
  cases: (scene) => {
    const images = movingImages(scene)
    if (images.length === 0) return 'every image has a tag that stays what it is'
    return [
      {
        name: 'push, and rollout restart',
        act: async (stage) => {
          const band = stage.band(`pushed again: ${images.join(', ')}`, '')
          const before = new Map(pods(stage).map(({ key, imageIds }) => [key, imageIds]))
          for (const image of images) stage.cluster.pushImage(image)
          for (const workload of rollingWorkloads(stage.scene.workloads)) {
            await annotateTemplate(stage, workload, { 'kubectl.kubernetes.io/restartedAt': 'push' })
          }
          await stage.until(stage.isReady, rolloutLimitMs)
          band.end()
          reportOld(stage, new Set([...before.values()].flat()))
        },
      },
    ]
  },
}

/** Images of a manifest that name no fixed content. */
function movingImages(scene: Scene): readonly string[] {
  const images = rollingWorkloads(scene.workloads).flatMap(({ template }) =>
    (template.spec?.containers ?? []).map(({ image = '' }) => image),
  )
  return [...new Set(images)].filter(
    (image) => !image.includes('@') && moving.test(imageTag(image) || 'latest'),
  )
}

interface RunningPod {
  readonly key: string
  readonly workload: SceneWorkload
  readonly imageIds: readonly string[]
}

function pods(stage: DrillStage): readonly RunningPod[] {
  const images = new Set(movingImages(stage.scene))
  return rollingWorkloads(stage.scene.workloads).flatMap((workload) =>
    podsOf(stage, workload).map(({ metadata, status, spec }) => ({
      key: `${metadata.namespace}/${metadata.name}`,
      workload,
      imageIds: (status?.containerStatuses ?? [])
        .filter(({ name }) =>
          spec?.containers.some((each) => each.name === name && images.has(each.image ?? '')),
        )
        .map(({ imageID }) => imageID),
    })),
  )
}

function reportOld(stage: DrillStage, old: ReadonlySet<string>): void {
  for (const { workload, imageIds } of pods(stage)) {
    if (!imageIds.some((id) => old.has(id))) continue
    stage.giveUp(
      `${workload.id} starts again with the old image, which its node has under the same tag`,
    )
  }
}
