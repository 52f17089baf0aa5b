import { type Clock, onAbort } from '#lib'
import { ConnectionReset } from '../../model/fabric.ts'
import type { FoundHost } from '../../names/resolver.ts'
import type { OpenConnection, UnsentRequest } from '../../network/connection.ts'
import { serveHttp } from '../../network/http-stream.ts'
import type { SimClient } from '../../network/sim-network.ts'
import { bytesOf } from '../../process/bytes.ts'
import type {
  NameRequest,
  ProcessAnswer,
  ProcessNetwork,
  ProcessRequest,
} from '../../process/process.ts'

/** When the kernel gives up on whoever never answers: after its sixth try (tcp(7)). */
const synLimitMs = 131_000

/** The network of a container; `wake` lets its process look at an answer that has come. */
export function containerNetwork(
  client: SimClient | undefined,
  clock: Clock,
  wake: () => void,
): ProcessNetwork {
  return {
    resolve: (host) => client?.resolve(host),
    ask(request, done) {
      const stop = new AbortController()
      const answered = send(client, clock, request, stop)
      void answered.then((answer) => {
        if (stop.signal.reason === givenUp) return
        done(answer)
        wake()
      })
      return { [Symbol.dispose]: () => stop.abort(givenUp) }
    },
  }
}

const givenUp = new Error('the request was given up')

async function send(
  client: SimClient | undefined,
  clock: Clock,
  request: ProcessRequest,
  stop: AbortController,
): Promise<ProcessAnswer> {
  const { host, port, connectMs = synLimitMs, totalMs = Infinity } = request
  // A process that was saved asks again while the nodes of its cluster are put together one by one.
  await undefined
  if (!client) return unknownHost
  const firstLimitMs = Math.min(totalMs, connectMs)
  if (request.protocol === 'names') return client.askName(request, stop.signal)
  const found = await lookedUp(client, host, { clock, limitMs: firstLimitMs, stop })
  if (found === undefined || 'kind' in found) return found ?? unknownHost
  const transport = request.protocol === 'udp' ? 'udp' : 'tcp'
  const connection = client.connectTo(found, port, transport)
  const { ip } = connection
  if (connection.kind !== 'open') {
    const limitMs = Math.min(totalMs, connectMs, synLimitMs)
    using _limit = limit(limitMs, clock, stop)
    return { ...(await client.ask(connection, unsentOf(request), stop)), ip }
  }
  if (request.protocol === 'connect' || request.protocol === 'stream') {
    const opening = connection.link.open(stop.signal)
    if (opening !== undefined && !(await inTime(opening, firstLimitMs, clock, stop))) {
      return { kind: 'failed', stage: 'connect', why: 'timeout', ip }
    }
    if (request.protocol === 'connect') return { kind: 'answered', ip, response: nothing }
  }
  using _limit = limit(totalMs, clock, stop)
  if (request.protocol === 'stream') return exchangeBytes(connection, request, { ip, stop })
  return { ...(await client.ask(connection, unsentOf(request), stop)), ip }
}

function limit(limitMs: number, clock: Clock, stop: AbortController): Disposable | undefined {
  return limitMs < Infinity ? clock.timer(limitMs, () => stop.abort()) : undefined
}

/** Whether it was done before its time was up, which ends it. */
async function inTime(
  doing: Promise<void>,
  limitMs: number,
  clock: Clock,
  stop: AbortController,
): Promise<boolean> {
  using _limit = limit(limitMs, clock, stop)
  return doing.then(
    () => true,
    () => false,
  )
}

const unknownHost = { kind: 'failed', stage: 'connect', why: 'unknownHost' } as const

/** Looking a name up is part of connecting, and of its time. */
async function lookedUp(
  client: SimClient,
  host: string,
  {
    clock,
    limitMs,
    stop,
  }: { readonly clock: Clock; readonly limitMs: number; readonly stop: AbortController },
): Promise<FoundHost | ProcessAnswer | undefined> {
  const looking = client.lookUp(host, stop.signal)
  if (!(looking instanceof Promise)) return looking
  using _timer = limitMs < Infinity ? clock.timer(limitMs, () => stop.abort()) : undefined
  try {
    return await looking
  } catch {
    return { kind: 'failed', stage: 'connect', why: 'timeout' }
  }
}

const nothing = { status: 0, headers: [], body: new Uint8Array() }

function unsentOf(request: Exclude<ProcessRequest, NameRequest>): UnsentRequest {
  if (request.protocol === 'udp') return { protocol: 'udp', data: request.data }
  const isHttp = request.protocol === undefined || request.protocol === 'http'
  if (!isHttp) return { protocol: 'http', method: 'GET', path: '/', headers: [] }
  const { method, path, headers, body, isSecure } = request
  const secure = isSecure ? ({ isSecure } as const) : {}
  const question = { protocol: 'http', method, path, headers, ...secure } as const
  return body === undefined ? question : { ...question, body: bytesOf(body) }
}

/** Sends all bytes, closes that way, and takes what comes until the server has closed its own. */
async function exchangeBytes(
  connection: OpenConnection,
  { data }: ProcessRequest & { readonly protocol: 'stream' },
  { ip, stop }: { readonly ip: string; readonly stop: AbortController },
): Promise<ProcessAnswer> {
  await using stream = serveHttp(connection)
  const pieces: Uint8Array[] = []
  try {
    await stream.write(bytesOf(data), stop.signal)
    await stream.end()
    using _given = onAbort(stop.signal, () => void stream[Symbol.asyncDispose]())
    for await (const piece of stream.incoming) pieces.push(piece)
  } catch (error) {
    if (!(error instanceof ConnectionReset)) throw error
    return { kind: 'failed', stage: 'headers', why: 'reset', ip }
  }
  const body = Buffer.concat(pieces)
  return { kind: 'answered', ip, response: { status: 0, headers: [], body } }
}
