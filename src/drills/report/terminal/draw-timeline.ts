import { durationText } from '../../judge/sentence.ts'
import type { DrillTimeline, LaneSpan, ServiceLane } from '../../model/timeline.ts'

/** Letters of lanes: what they mean is said below them. */
const legend =
  'faults !   requests . answered x lost   pods , pending - not Ready = Ready t being deleted   nodes = Ready ? not'

/** Draws a timeline as lines of text: faults, requests, pods and nodes over one axis whose zero is the disturbance. */
export function drawDrillTimeline(timeline: DrillTimeline, width: number): readonly string[] {
  const { faults, services, pods, nodes, toMs } = timeline
  const fromMs = Math.max(timeline.fromMs, -10_000)
  const names = [
    ...faults.map(({ text }) => text),
    ...services.map(({ service }) => service),
    ...pods.map(({ pod }) => pod),
    ...nodes.map(({ node }) => node),
  ]
  const nameWidth = Math.min(Math.max(...names.map(({ length }) => length)), Math.floor(width / 3))
  const columns = Math.max(10, width - nameWidth - 2)
  const stepMs = (toMs - fromMs) / columns
  const row = (name: string, letterAt: (startMs: number, endMs: number) => string) => {
    const letters = Array.from({ length: columns }, (_, index) =>
      letterAt(fromMs + index * stepMs, fromMs + (index + 1) * stepMs),
    )
    return `${name.slice(0, nameWidth).padEnd(nameWidth)}  ${letters.join('')}`.trimEnd()
  }
  return [
    row('', (start, end) => (start <= 0 && end > 0 ? '0' : ' ')),
    ...faults.map(({ text, fromMs: from, toMs: to }) =>
      row(text, (start, end) => (end > from && start < Math.max(to ?? toMs, from + 1) ? '!' : ' ')),
    ),
    ...services.map((lane) => row(lane.service, (start, end) => requestLetter(lane, start, end))),
    ...pods.map(({ pod, spans }) => row(pod, (start) => podLetter(spanAt(spans, start)))),
    ...nodes.map(({ node, spans }) =>
      row(node, (start) => {
        const span = spanAt(spans, start)
        return span === undefined ? ' ' : span.ready === 'True' ? '=' : '?'
      }),
    ),
    `from ${durationText(Math.abs(fromMs))} before 0 to ${durationText(toMs)} after it`,
    legend,
  ]
}

function requestLetter({ buckets, bucketMs }: ServiceLane, startMs: number, endMs: number): string {
  const own = buckets.filter(({ fromMs }) => fromMs < endMs && fromMs + bucketMs > startMs)
  if (own.some(({ lost }) => lost > 0)) return 'x'
  return own.some(({ answered }) => answered > 0) ? '.' : ' '
}

function podLetter(span: LaneSpan | undefined): string {
  if (span === undefined) return ' '
  if (span.phase === 'Terminating') return 't'
  if (span.phase === 'Pending') return ','
  return span.isReady ? '=' : '-'
}

function spanAt<T extends { readonly fromMs: number; readonly toMs: number }>(
  spans: readonly T[],
  atMs: number,
): T | undefined {
  return spans.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)
}
