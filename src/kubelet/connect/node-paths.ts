import type { Pod } from '#api'
import type { NodeAnswer, Stored } from '#machinery'
import type { KubeletMetrics } from '../model/kubelet-metrics.ts'
import type { Summary } from '../stats/collect.ts'

export interface NodePathsParts {
  readonly summary: (signal: AbortSignal) => Promise<Summary>
  /** The pods that are bound to this node. */
  readonly podsOf: () => readonly Stored<Pod>[]
  readonly metrics: KubeletMetrics | undefined
}

type Answer = (parts: NodePathsParts, signal: AbortSignal) => Promise<NodeAnswer> | NodeAnswer

const answers: Readonly<Record<string, Answer>> = {
  '/healthz': () => text(200, 'ok'),
  '/metrics': ({ metrics }) => ({
    status: 200,
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    body: Buffer.from(metrics?.text() ?? ''),
  }),
  '/pods': ({ podsOf }) => {
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: podsOf() }
    return json(list)
  },
  '/stats/summary': async ({ summary }, signal) => json(await summary(signal)),
}

/** What the kubelet serves under its own paths. */
export async function answerPath(
  parts: NodePathsParts,
  path: string,
  signal: AbortSignal,
): Promise<NodeAnswer> {
  const [beforeQuery = ''] = path.split('?', 1)
  const plain = beforeQuery.replace(/(.)\/$/, '$1')
  const answer = Object.hasOwn(answers, plain) ? answers[plain] : undefined
  return answer ? await answer(parts, signal) : text(404, '404 page not found\n')
}

function text(status: number, content: string): NodeAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(content) }
}

function json(value: unknown): NodeAnswer {
  const body = Buffer.from(JSON.stringify(value))
  return { status: 200, contentType: 'application/json', body }
}
