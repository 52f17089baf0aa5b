import { createTimeline, formatEntry, type LogEntry } from '#history'
import type {
  DrillTimeline,
  LaneMark,
  LaneSpan,
  LogLink,
  NodeLane,
  PodLane,
  RequestBucket,
  ServiceLane,
} from '../model/timeline.ts'
import type { CountedRequests } from '../run/drill.ts'
import type { DrillObservation } from '../run/observation.ts'
import type { NodeSample, SampledPod } from '../run/sampler.ts'
import { countedRequests, lossCounts, lossOf } from './figures.ts'

/** What a timeline is drawn from. */
export interface TimelineSource {
  readonly observation: DrillObservation
  readonly entries: readonly LogEntry[]
  readonly pods: readonly SampledPod[]
  readonly nodes: ReadonlyMap<string, readonly NodeSample[]>
}

/** About as many stretches as fit on a screen. */
const bucketCount = 120
const bucketSteps = [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]

/** Puts a run on one axis of time, whose zero is the disturbance. */
export function timelineOf(
  { observation, entries, pods, nodes }: TimelineSource,
  counts?: CountedRequests,
): DrillTimeline {
  const { fromMs, toMs, zeroWallMs, faults } = observation
  const marks = marksOf(entries, zeroWallMs)
  return {
    fromMs,
    toMs,
    zero: new Date(zeroWallMs).toISOString(),
    faults,
    services: serviceLanes(observation, counts),
    pods: pods.map((pod): PodLane => laneOf(pod, { zeroWallMs, toMs, marks })),
    nodes: [...nodes].map(([node, samples]): NodeLane => nodeLane(node, samples, zeroWallMs, toMs)),
  }
}

/** Links to entries of the event log. */
export function logLink(entry: LogEntry, zeroWallMs: number): LogLink {
  const text = formatEntry(entry).replace(/^\S+ /, '')
  return { sequence: entry.sequence, atMs: Math.round(entry.wallMs - zeroWallMs), text }
}

interface LaneContext {
  readonly zeroWallMs: number
  readonly toMs: number
  readonly marks: ReadonlyMap<string, readonly LaneMark[]>
}

function laneOf(
  { pod, workload, node, samples, goneAtMs }: SampledPod,
  { zeroWallMs, toMs, marks }: LaneContext,
): PodLane {
  const endMs = goneAtMs === undefined ? toMs : goneAtMs - zeroWallMs
  const firstMs = (samples[0]?.atMs ?? zeroWallMs) - zeroWallMs
  const spans = samples.map(({ atMs, ...state }, index): LaneSpan => {
    const next = samples[index + 1]
    return { fromMs: atMs - zeroWallMs, toMs: next ? next.atMs - zeroWallMs : endMs, ...state }
  })
  return {
    pod,
    ...(workload === undefined ? {} : { workload }),
    ...(node === undefined ? {} : { node }),
    spans,
    marks: (marks.get(pod) ?? []).filter(({ atMs }) => atMs >= firstMs && atMs <= endMs + 1000),
  }
}

function nodeLane(
  node: string,
  samples: readonly NodeSample[],
  zeroWallMs: number,
  toMs: number,
): NodeLane {
  return {
    node,
    spans: samples.map(({ atMs, ready, isCordoned }, index) => {
      const next = samples[index + 1]
      return {
        fromMs: atMs - zeroWallMs,
        toMs: next ? next.atMs - zeroWallMs : toMs,
        ready,
        isCordoned,
      }
    }),
  }
}

function marksOf(
  entries: readonly LogEntry[],
  zeroWallMs: number,
): ReadonlyMap<string, readonly LaneMark[]> {
  const marks = new Map<string, LaneMark[]>()
  for (const { pod, track, text, wallMs, sequence } of createTimeline(entries, () => true)
    .moments) {
    if (track === 'request') continue
    const held = marks.get(pod) ?? []
    marks.set(pod, held)
    held.push({ atMs: Math.round(wallMs - zeroWallMs), track, text, sequence })
  }
  return marks
}

function serviceLanes(
  observation: DrillObservation,
  counts: CountedRequests | undefined,
): readonly ServiceLane[] {
  const counted = countedRequests(observation, counts)
  const spanMs = Math.max(1, ...counted.map(({ request }) => request.atMs))
  const bucketMs = bucketSteps.find((step) => spanMs / step <= bucketCount) ?? 60_000
  const services = [...new Set(counted.map(({ request }) => request.service))]
  return services.map((service) => {
    const buckets = new Map<number, (typeof counted)[number][]>()
    for (const each of counted) {
      if (each.request.service !== service) continue
      const fromMs = Math.floor(each.request.atMs / bucketMs) * bucketMs
      const held = buckets.get(fromMs) ?? []
      buckets.set(fromMs, held)
      held.push(each)
    }
    const lanes = [...buckets].map(([fromMs, all]): RequestBucket => {
      const lost = all.filter(({ isLost }) => isLost).map(({ request }) => request)
      const answered = all.filter(({ request }) => lossOf(request) === undefined).length
      return { fromMs, answered, lost: lost.length, lostBy: lossCounts(lost) }
    })
    return { service, bucketMs, buckets: lanes.sort((a, b) => a.fromMs - b.fromMs) }
  })
}
