import type { Pod } from '#api'
import { pods } from '#api'
import { type ApiResponse, badRequest, type LogOptions, notFound, type Stored } from '#machinery'
import { isTrue } from '../request-info.ts'
import { currentObject } from './read.ts'
import type { Scope } from './scope.ts'

/** GET of pods/NAME/log: the node's stream, as text. */
export async function readLog(scope: Scope): Promise<ApiResponse> {
  if (scope.stored.plural !== pods.plural) throw notFound(scope.resource, scope.name)
  const pod = currentObject(scope).object as Stored<Pod>
  const container = containerFor(pod, scope.request.query.get('container') ?? '')
  const nodeName = pod.spec?.nodeName
  if (!nodeName) {
    return text(Buffer.alloc(0))
  }
  const node = await scope.world.nodes(nodeName, scope.signal)
  const { namespace, name, uid } = pod.metadata
  const address = { namespace: namespace ?? '', pod: name, podUid: uid, container }
  const chunks = node.logs(address, logOptionsOf(scope.request.query), scope.signal)
  // The first chunk tells whether there is a log at all, while an error can still be told as one.
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done) return text(Buffer.alloc(0))
  return {
    status: 200,
    headers: {},
    body: { kind: 'stream', contentType: 'text/plain', chunks: resumed(first.value, iterator) },
  }
}

function text(bytes: Uint8Array): ApiResponse {
  return { status: 200, headers: {}, body: { kind: 'bytes', contentType: 'text/plain', bytes } }
}

async function* resumed(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** Upstream's texts for a pod with several containers and for one that has no such container. */
export function containerFor(pod: Stored<Pod>, wanted: string): string {
  const names = (list: readonly { readonly name: string }[] | undefined) =>
    (list ?? []).map(({ name }) => name)
  const regular = names(pod.spec?.containers)
  const init = names(pod.spec?.initContainers)
  const ephemeral = names(pod.spec?.ephemeralContainers)
  const { name } = pod.metadata
  if (wanted === '') {
    if (regular.length === 1 && regular[0]) return regular[0]
    const choices = `choose one of: [${regular.join(' ')}]`
    const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : ''
    throw badRequest(`a container name must be specified for pod ${name}, ${choices}${others}`)
  }
  if ([...regular, ...init, ...ephemeral].includes(wanted)) return wanted
  throw badRequest(`container ${wanted} is not valid for pod ${name}`)
}

function logOptionsOf(query: URLSearchParams): LogOptions {
  const number = (name: string) => {
    const value = query.get(name)
    if (value === null || value === '') return undefined
    if (!/^-?\d+$/.test(value))
      throw badRequest(`strconv.ParseInt: parsing "${value}": invalid syntax`)
    return Number(value)
  }
  const numbers = {
    sinceSeconds: number('sinceSeconds'),
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
  }
  const given = Object.entries(numbers).filter(([, value]) => value !== undefined)
  const sinceTime = query.get('sinceTime')
  const stream = query.get('stream')
  return {
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    ...Object.fromEntries(given),
    ...(sinceTime ? { sinceTime } : {}),
    ...(stream ? { stream: stream as 'All' } : {}),
  }
}
