import type { DrillCause } from '../../model/report.ts'
import type {
  DrillTimeline,
  FaultBand,
  NodeLane,
  PodLane,
  RequestBucket,
  ServiceLane,
} from '../../model/timeline.ts'
import { xmlText } from '../xml.ts'
import { type Axis, axisOf, instantText, stretchText } from './axis.ts'
import { legendHtml } from './legend.ts'
import { lossText, nodeText, spanText, timelineTables } from './timeline-tables.ts'

/**
 * Draws a timeline as lanes: the requests to each Service, then nodes, then pods. What hovering shows stands in
 * tables below, too, since neither a phone nor a screen reader hovers.
 */
export function timelineHtml(timeline: DrillTimeline, causes: readonly DrillCause[]): string {
  const axis = axisOf(timeline)
  const behind = `${timeline.faults.map((fault) => faultHtml(fault, axis)).join('')}<i class="zero" style="left:${axis.at(0)}%"></i>`
  return [
    legendHtml,
    '<div role="img" aria-label="Lanes over time; the tables below say the same in words">',
    ...timeline.services.map((lane) => serviceHtml(lane, axis, behind, causes)),
    ...timeline.nodes.map((lane) => nodeHtml(lane, axis, behind)),
    ...timeline.pods.map((lane) => podHtml(lane, axis, behind)),
    axisHtml(axis),
    '</div>',
    timelineTables(timeline),
  ].join('\n')
}

function laneHtml(name: string, quiet: string, body: string, kind = ''): string {
  const small = quiet === '' ? '' : `<br><span class="quiet">${xmlText(quiet)}</span>`
  return `<div class="lane ${kind}"><div class="name">${xmlText(name)}${small}</div><div class="track">${body}</div></div>`
}

function bar(kind: string, style: string, title: string): string {
  return `<i class="${kind}" style="${style}" title="${xmlText(title)}"></i>`
}

function faultHtml({ fromMs, toMs, text }: FaultBand, axis: Axis): string {
  return bar('fault', axis.stretch(fromMs, toMs), `${text}, ${stretchText(fromMs, toMs)}`)
}

function serviceHtml(
  { service, buckets, bucketMs }: ServiceLane,
  axis: Axis,
  behind: string,
  causes: readonly DrillCause[],
): string {
  const most = Math.max(1, ...buckets.map(({ answered, lost }) => answered + lost))
  const why = causes.filter((cause) => cause.service === undefined || cause.service === service)
  const bars = buckets.map((bucket) => bucketHtml(bucket, { bucketMs, most, axis, why }))
  const lost = buckets.reduce((sum, bucket) => sum + bucket.lost, 0)
  return laneHtml(service, `${lost} lost`, behind + bars.join(''), 'requests')
}

interface BucketScale {
  readonly bucketMs: number
  readonly most: number
  readonly axis: Axis
  readonly why: readonly DrillCause[]
}

function bucketHtml(bucket: RequestBucket, { bucketMs, most, axis, why }: BucketScale): string {
  const { fromMs, answered, lost } = bucket
  const place = axis.stretch(fromMs, fromMs + bucketMs)
  const share = (count: number) => Math.round((count / most) * 9500) / 100
  const reasons = why.map(({ sentence }) => `\n${sentence}`).join('')
  return [
    answered > 0
      ? bar(
          'bar of-answered',
          `${place};bottom:0;height:${share(answered)}%`,
          `${stretchText(fromMs, fromMs + bucketMs)}: ${answered} answered`,
        )
      : '',
    lost > 0
      ? bar(
          'bar of-lost',
          `${place};bottom:${share(answered)}%;height:${share(lost)}%`,
          `${stretchText(fromMs, fromMs + bucketMs)}: ${lost} lost (${lossText(bucket)})${reasons}`,
        )
      : '',
  ].join('')
}

function nodeHtml({ node, spans }: NodeLane, axis: Axis, behind: string): string {
  const bars = spans.map((span) =>
    bar(
      `span ${span.ready === 'True' ? 'ready' : 'Unknown'}`,
      axis.stretch(span.fromMs, span.toMs),
      `${nodeText(span)}, ${stretchText(span.fromMs, span.toMs)}`,
    ),
  )
  return laneHtml(node, 'node', behind + bars.join(''))
}

function podHtml({ pod, node, spans, marks }: PodLane, axis: Axis, behind: string): string {
  const bars = spans.flatMap((span) => [
    bar(
      `span ${span.isReady && span.phase === 'Running' ? 'ready' : xmlText(span.phase)}`,
      axis.stretch(span.fromMs, span.toMs),
      `${spanText(span)}, ${stretchText(span.fromMs, span.toMs)}`,
    ),
    ...(span.endpoint === 'ready'
      ? [bar('endpoint', axis.stretch(span.fromMs, span.toMs), 'a ready endpoint')]
      : []),
  ])
  const shown = marks.filter(({ track }) => track === 'probe' || track === 'signal')
  const ticks = shown.map(({ atMs, text, sequence }) =>
    bar('mark', `left:${axis.at(atMs)}%`, `${instantText(atMs)} ${text} (entry ${sequence})`),
  )
  return laneHtml(pod, node ?? 'not bound', behind + bars.join('') + ticks.join(''))
}

function axisHtml(axis: Axis): string {
  const ticks = axis.ticks.map((tick) => {
    const at = axis.at(tick)
    // A text at an edge stands within the lanes.
    const side = at < 5 ? ' class="first"' : at > 95 ? ' class="last"' : ''
    return `<span${side} style="left:${at}%">${instantText(tick)}</span>`
  })
  return `<div class="lane axis"><div class="name"></div><div class="track">${ticks.join('')}</div></div>`
}
