import type { LogEntry } from '#history'
import { drilledObject } from '../input/manifest.ts'
import type { Scene, SceneWorkload } from '../input/scene.ts'
import type { DrillCause } from '../model/report.ts'
import type { SampledPod } from '../run/sampler.ts'
import { logLink, type TimelineSource } from './timeline.ts'
import { workloadOf } from './workload-of.ts'

/** What is looked at to find out why something is not Ready. */
export interface StuckSource extends TimelineSource {
  readonly scene: Scene
}

/** Says why workloads were not Ready at the end. */
export function stuckCauses(source: StuckSource): readonly DrillCause[] {
  const { observation, scene } = source
  if (observation.readiness.at(-1)?.isReady && !observation.neverReady) return []
  return scene.workloads.flatMap((workload) => {
    const { pods } = source
    const own = pods.filter(
      (pod) => pod.goneAtMs === undefined && workloadOf(scene, pod) === workload,
    )
    const pod = own.find(({ samples }) => samples.at(-1)?.isReady !== true)
    if (pod) return [stuckPod(source, workload, pod)]
    const hasNone = own.length === 0 && workload.kind !== 'DaemonSet' && workload.replicas > 0
    return hasNone ? [withoutPods(source, workload)] : []
  })
}

function stuckPod(
  { entries, observation }: StuckSource,
  workload: SceneWorkload,
  { pod, samples }: SampledPod,
): DrillCause {
  const stated = entries.findLast(
    ({ kind, key, state }) => kind === 'Pod' && key === pod && state !== '',
  )
  return {
    id: `stuck-${(samples.at(-1)?.phase ?? 'pod').toLowerCase()}`,
    sentence: `${workload.id} is not Ready: ${pod} stays ${stated?.state ?? 'not Ready'}`,
    lost: 0,
    object: drilledObject(workload.source),
    entries: warnings(entries, pod, stated).map((entry) => logLink(entry, observation.zeroWallMs)),
  }
}

function withoutPods({ entries, observation }: StuckSource, workload: SceneWorkload): DrillCause {
  const owner = `${workload.namespace}/${workload.name}`
  const stated = entries.findLast(
    ({ warnsOf = '' }) => !warnsOf.startsWith('Pod/') && warnsOf.includes(`/${owner}`),
  )
  const why = stated?.changes.at(-1) ?? 'nothing says why'
  return {
    id: 'no-pod',
    sentence: `${workload.id} is not Ready: no pod is made: ${why}`,
    lost: 0,
    object: drilledObject(workload.source),
    entries: warnings(entries, owner, stated).map((entry) =>
      logLink(entry, observation.zeroWallMs),
    ),
  }
}

/** The newest warnings of a pod, or of what would make one, and the entry that has its state, in order. */
function warnings(
  entries: readonly LogEntry[],
  key: string,
  stated: LogEntry | undefined,
): readonly LogEntry[] {
  const found = entries.filter(({ warnsOf = '' }) => warnsOf.includes(`/${key}`)).slice(-3)
  return [...new Set([...found, ...(stated ? [stated] : [])])].sort(
    (a, b) => a.sequence - b.sequence,
  )
}
