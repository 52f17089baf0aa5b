import type { DrillTimeline, LaneSpan, NodeLane, RequestBucket } from '../../model/timeline.ts'
import { xmlText } from '../xml.ts'
import { instantText, stretchText } from './axis.ts'

/** Says in tables what the lanes draw: one of disturbances, losses and nodes, and one for each pod. */
export function timelineTables({ services, pods, nodes, faults }: DrillTimeline): string {
  const losses = services.flatMap(({ service, buckets, bucketMs }) =>
    buckets
      .filter(({ lost }) => lost > 0)
      .map((bucket) => [
        stretchText(bucket.fromMs, bucket.fromMs + bucketMs),
        `${service}: ${bucket.lost} of ${bucket.answered + bucket.lost} requests lost (${lossText(bucket)})`,
      ]),
  )
  const states = nodes.flatMap(({ node, spans }) =>
    spans.map((span) => [stretchText(span.fromMs, span.toMs), `${node}: ${nodeText(span)}`]),
  )
  return [
    table('Disturbances, losses and nodes in words', [
      ...faults.map(({ fromMs, toMs, text }) => [stretchText(fromMs, toMs), text]),
      ...losses,
      ...states,
    ]),
    ...pods.map(({ pod, spans, marks }) =>
      table(`${pod} in words`, [
        ...spans.map((span) => [stretchText(span.fromMs, span.toMs), spanText(span)]),
        ...marks.map(({ atMs, text, sequence }) => [
          instantText(atMs),
          `${text} (entry ${sequence})`,
        ]),
      ]),
    ),
  ].join('\n')
}

function table(summary: string, rows: readonly (readonly string[])[]): string {
  const body = rows
    .map((cells) => `<tr>${cells.map((cell) => `<td>${xmlText(cell)}</td>`).join('')}</tr>`)
    .join('')
  return `<details><summary>${xmlText(summary)}</summary>
<table><thead><tr><th scope="col">when</th><th scope="col">what</th></tr></thead><tbody>${body}</tbody></table></details>`
}

/** Says how requests of a bucket were lost: `15 timeout (no pod), 2 refused (a Ready pod)`. */
export function lossText({ lostBy }: RequestBucket): string {
  return lostBy
    .map(({ reason, target, count }) => `${count} ${reason} (${targets[target]})`)
    .join(', ')
}

const targets: Readonly<Record<RequestBucket['lostBy'][number]['target'], string>> = {
  ready: 'a Ready pod',
  notReady: 'a pod that was not Ready',
  terminating: 'a Terminating pod',
  stopped: 'a pod that had stopped',
  none: 'no pod that runs',
}

/** Says what a node was for a while. */
export function nodeText({ ready, isCordoned }: NodeLane['spans'][number]): string {
  return `Ready ${ready}${isCordoned ? ', cordoned' : ''}`
}

/** Says what a pod was for a while. */
export function spanText({ phase, isReady, endpoint }: LaneSpan): string {
  return `${phase}, ${isReady ? 'Ready' : 'not Ready'}, ${endpoint === 'none' ? 'no endpoint' : `endpoint ${endpoint}`}`
}
