import type { Clock } from '#lib'
import type { UnsentRequest } from '../../network/connection.ts'
import type { SimClient } from '../../network/sim-network.ts'
import type { ProcessAnswer, ProcessNetwork, ProcessRequest } from '../../process/process.ts'

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
  const transport = request.protocol === 'udp' ? 'udp' : 'tcp'
  const connection = client?.connect(host, port, transport)
  const ip = client?.resolve(host)?.ip
  if (!client || !connection || connection.kind === 'unknownHost' || ip === undefined) {
    return { kind: 'failed', stage: 'connect', why: 'unknownHost' }
  }
  const isOpen = connection.kind === 'open'
  if (isOpen && request.protocol === 'connect') return { kind: 'answered', ip, response: nothing }
  const limitMs = isOpen ? totalMs : Math.min(totalMs, connectMs, synLimitMs)
  using _timer = limitMs < Infinity ? clock.timer(limitMs, () => stop.abort()) : undefined
  const outcome = await client.ask(connection, unsentOf(request), stop)
  return outcome.kind === 'answered' ? { ...outcome, ip } : { ...outcome, ip }
}

const nothing = { status: 0, headers: [], body: new Uint8Array() }

function unsentOf(request: ProcessRequest): UnsentRequest {
  if (request.protocol === 'udp') return { protocol: 'udp', data: request.data }
  const { method, path, headers } =
    request.protocol === 'connect' ? { method: 'GET', path: '/', headers: [] } : request
  return { protocol: 'http', method, path, headers }
}
