import { type Pod, pods } from '#api'
import type { Clock } from '#lib'
import type { ApiResponse, Stored } from '#machinery'
import { notFound } from '#machinery/status'
import { logOptionsOf } from '../../connect/options.ts'
import { containerOf } from '../../connect/pod-target.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import { currentObject } from './get.ts'

/** How long an answer waits for a followed log's first line, so that a failure still has its code. */
const firstChunkPatienceMs = 500

/** GET of `pods/log`: the text as its node gives it, empty for a pod that has no node yet. */
export async function readPodLog(scope: RequestScope): Promise<ApiResponse> {
  const { stored, resource, name, request, signal, world } = scope
  if (stored.plural !== pods.plural) throw notFound(resource, name)
  const pod = currentObject(scope).object as Stored<Pod>
  const options = logOptionsOf(request.query)
  const container = containerOf(pod, request.query.get('container') ?? '')
  const nodeName = pod.spec?.nodeName
  if (!nodeName) return text(nothing())
  const node = await world.nodes(nodeName, signal)
  const { namespace = '', uid } = pod.metadata
  const address = { namespace, pod: pod.metadata.name, podUid: uid, container }
  const chunks = node.logs(address, options, signal)
  return text(await begun(chunks, options.follow === true, world.clock))
}

function text(chunks: AsyncIterable<Uint8Array>): ApiResponse {
  return { status: 200, headers: {}, body: { kind: 'stream', contentType: 'text/plain', chunks } }
}

/** The same chunks, of which the first has been asked for: what fails at once rejects here. */
async function begun(
  chunks: AsyncIterable<Uint8Array>,
  mayBeSilent: boolean,
  clock: Clock,
): Promise<AsyncIterable<Uint8Array>> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = iterator.next()
  // Whoever reads on sees a later failure; until then it must not count as unhandled.
  first.catch(() => {})
  if (mayBeSilent) await firstOrPatience(first, clock)
  else await first
  return resumed(first, iterator)
}

async function firstOrPatience(first: Promise<unknown>, clock: Clock): Promise<void> {
  const patience = Promise.withResolvers<void>()
  using _ = clock.timer(firstChunkPatienceMs, patience.resolve)
  await Promise.race([first, patience.promise])
}

async function* resumed(
  first: Promise<IteratorResult<Uint8Array>>,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = await first; !next.done; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An unscheduled pod has no log, which is not an error.
}
