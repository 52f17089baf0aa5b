import type { LogEntry } from '#history'
import { drilledObject } from '../input/manifest.ts'
import type { Scene, SceneWorkload } from '../input/scene.ts'
import type { DrillCause } from '../model/report.ts'
import type { LogLink } from '../model/timeline.ts'
import type { CountedRequests, DrillCase } from '../run/drill.ts'
import type { ObservedRequest } from '../run/observation.ts'
import type { SampledPod } from '../run/sampler.ts'
import { countedRequests } from './figures.ts'
import { lossCauseOf } from './loss-causes.ts'
import { type StuckSource, stuckCauses } from './stuck-causes.ts'
import { logLink } from './timeline.ts'
import { workloadOf } from './workload-of.ts'

/** What causes are found in. */
type CauseSource = StuckSource

/** The most entries of the log that a cause links to. */
const maxLinks = 6

/** Finds the causes of what went wrong in a run, the worst first. */
export function causesOf(
  source: CauseSource,
  { counts, endsUnready }: Pick<DrillCase, 'counts' | 'endsUnready'>,
): readonly DrillCause[] {
  return [
    ...lossCauses(source, counts),
    ...unfinishedCauses(source),
    ...(endsUnready ? [] : stuckCauses(source)),
    ...restartCauses(source),
  ].sort((a, b) => b.lost - a.lost)
}

/** Says which steps came to no end. */
function unfinishedCauses({ observation }: CauseSource): readonly DrillCause[] {
  // Why something never was Ready is told by what it is stuck in.
  if (observation.neverReady) return []
  return [...new Set(observation.unfinished)].map((sentence) => ({
    id: 'unfinished',
    sentence: `this comes to no end: ${sentence}`,
    lost: 0,
    entries: [],
  }))
}

function lossCauses(source: CauseSource, counts: CountedRequests | undefined) {
  const { observation, pods, scene } = source
  const byPod = new Map(pods.map((each) => [each.pod, each]))
  const groups = new Map<string, { requests: ObservedRequest[]; pod: SampledPod | undefined }>()
  for (const { request, isLost } of countedRequests(observation, counts)) {
    if (!isLost) continue
    const pod = byPod.get(request.sentTo?.pod ?? '')
    const workload = workloadOf(scene, pod) ?? workloadBehind(scene, request.service)
    const cause = lossCauseOf(request, { observation, pod, workload })
    const key = [cause.id, request.service, workload?.id].join(' ')
    const group = groups.get(key) ?? { requests: [], pod }
    groups.set(key, group)
    group.requests.push(request)
    group.pod ??= pod
  }
  return [...groups.values()].flatMap(({ requests, pod }): DrillCause[] => {
    const first = requests.find(({ sentTo }) => sentTo) ?? requests[0]
    if (!first) return []
    const workload = workloadOf(scene, pod) ?? workloadBehind(scene, first.service)
    const { id, sentence } = lossCauseOf(first, { observation, pod, workload })
    const count = requests.length
    const isBlind = scene.services.some(
      (each) => each.service === first.service && each.workloads.length === 0,
    )
    const why = isBlind ? 'were refused because the Service selects no pod' : sentence
    return [
      {
        id,
        sentence: `${count} ${count === 1 ? 'request' : 'requests'} to ${first.service} ${why}`,
        lost: count,
        service: first.service,
        ...(workload ? { object: drilledObject(workload.source) } : {}),
        entries: linksFor(source, first, pod),
      },
    ]
  })
}

/** What the log has of the pod that a request was sent to: its last writes before, and the request. */
function linksFor(
  { entries, observation }: CauseSource,
  { atMs, tookMs }: ObservedRequest,
  pod: SampledPod | undefined,
): readonly LogLink[] {
  const { zeroWallMs } = observation
  const sentMs = zeroWallMs + atMs
  const own = entries.filter(
    ({ key, resource, routine, actor }) =>
      !routine && actor !== 'load' && resource === 'pods' && key === pod?.pod,
  )
  const before = own.filter(({ wallMs }) => wallMs <= sentMs).slice(-(maxLinks - 2))
  const request = entries.find(
    ({ actor, wallMs }) => actor === 'load' && Math.abs(wallMs - sentMs - tookMs) < 1,
  )
  const after = own.find(({ wallMs }) => wallMs > sentMs + tookMs)
  return [...before, request, after].flatMap((entry) => (entry ? [logLink(entry, zeroWallMs)] : []))
}

function workloadBehind(scene: Scene, service: string): SceneWorkload | undefined {
  const [id] = scene.services.find((each) => each.service === service)?.workloads ?? []
  return scene.workloads.find((each) => each.id === id)
}

/** Says which containers were started again, and why. */
function restartCauses({ observation, entries, scene, pods }: CauseSource): readonly DrillCause[] {
  const { zeroWallMs } = observation
  const groups = new Map<string, LogEntry[]>()
  for (const entry of entries) {
    if (entry.kind !== 'Pod' || entry.wallMs < zeroWallMs) continue
    for (const change of entry.changes) {
      const [, container] = /^container (\S+) .*\brestart \d+/.exec(change) ?? []
      if (container === undefined) continue
      const pod = pods.find((each) => each.pod === entry.key)
      const key = `${workloadOf(scene, pod)?.id ?? entry.key} ${container}`
      groups.set(key, [...(groups.get(key) ?? []), entry])
    }
  }
  return [...groups].map(([key, restarts]): DrillCause => {
    const [id = '', container = ''] = key.split(' ')
    const [first] = restarts
    const killing = entries.find(
      ({ involved, changes }) =>
        involved === `Pod/${first?.key}` &&
        changes.some((text) => /\bKilling\b|\bUnhealthy\b/.test(text)),
    )
    const workload = scene.workloads.find((each) => each.id === id)
    const isProbe = killing?.changes.some((text) => /probe/i.test(text)) === true
    const times = restarts.length === 1 ? 'once' : `${restarts.length} times`
    return {
      id: isProbe ? 'probe-restarts' : 'restarts',
      sentence: `the container ${container} of ${id} is started again ${times}${isProbe ? ' because its probe fails' : ''}`,
      lost: 0,
      ...(workload ? { object: drilledObject(workload.source) } : {}),
      entries: [killing, first].flatMap((entry) => (entry ? [logLink(entry, zeroWallMs)] : [])),
    }
  })
}
