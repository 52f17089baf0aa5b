import type { PartitionDirection } from '#api'
import type { Transport } from '#client'
import { type Clock, createChannel } from '#lib'
import type { ApiRequest, ApiResponse, WatchFrame } from '#machinery'
import { timeout } from '#machinery/status'
import type { Freezer } from './freezer.ts'

/** What stands between a node and the API server. */
export interface NodeLink {
  /** For whatever of the node asks the API server. */
  over(transport: Transport): Transport
  /** Loses requests on their way to the server, answers on their way back, or both. */
  partition(direction: PartitionDirection | undefined): void
  /** Makes what is watched arrive this late. */
  delayWatches(ms: number): void
  /** Whether the API server can call the node. */
  readonly reachesNode: boolean
}

/** How long a client waits for an answer that is lost (upstream: the kubelet's heartbeat client). */
const lostMs = 10_000

export function createNodeLink(clock: Clock, freezer: Freezer): NodeLink {
  let direction: PartitionDirection | undefined
  let watchDelayMs = 0
  /** Ends the watches that were open when packets began to be lost. */
  let cut = new AbortController()
  const loses = (way: PartitionDirection) => direction === way || direction === 'Both'

  const send = async (
    transport: Transport,
    request: ApiRequest,
    signal: AbortSignal,
  ): Promise<ApiResponse> => {
    if (freezer.isFrozen) await freezer.thawed()
    if (loses('ToServer')) return lost(signal)
    if (isWatch(request)) return watch(transport, request, signal)
    const response = await transport.send(request, signal)
    if (freezer.isFrozen) await freezer.thawed()
    return loses('FromServer') ? lost(signal) : response
  }

  const watch = async (
    transport: Transport,
    request: ApiRequest,
    signal: AbortSignal,
  ): Promise<ApiResponse> => {
    const dropped = new AbortController()
    const opened = AbortSignal.any([signal, cut.signal, dropped.signal])
    const response = await transport.send(request, opened)
    await freezer.thawed()
    if (loses('FromServer')) {
      dropped.abort(new Error('nobody takes the answer'))
      return lost(signal)
    }
    const { body } = response
    if (body.kind !== 'watch') return response
    return { ...response, body: { kind: 'watch', events: late(body.events, opened) } }
  }

  const lost = async (signal: AbortSignal): Promise<never> => {
    await clock.sleep(lostMs, signal)
    throw timeout('net/http: request canceled (Client.Timeout exceeded while awaiting headers)')
  }

  async function* late(
    events: AsyncIterable<WatchFrame>,
    signal: AbortSignal,
  ): AsyncIterable<WatchFrame> {
    for await (const { frame, sentMs } of stamped(events, clock)) {
      const leftMs = sentMs + watchDelayMs - clock.monotonicMs()
      if (leftMs > 0) await clock.sleep(leftMs, signal)
      await freezer.thawed()
      yield frame
    }
  }

  return {
    over: (transport) => ({
      ...transport,
      send: (request, signal) => send(transport, request, signal),
    }),
    partition(wanted) {
      if (wanted === direction) return
      direction = wanted
      cut.abort(new Error('the connection was lost'))
      cut = new AbortController()
    },
    delayWatches(ms) {
      watchDelayMs = ms
    },
    get reachesNode() {
      return direction === undefined && !freezer.isFrozen
    },
  }
}

interface Stamped {
  readonly frame: WatchFrame
  readonly sentMs: number
}

/** How many events may be on their way. */
const onTheWay = 100_000

/** Each event with the instant at which it was sent, however late it is read. */
function stamped(events: AsyncIterable<WatchFrame>, clock: Clock): AsyncIterable<Stamped> {
  const channel = createChannel<Stamped>(onTheWay)
  const read = async () => {
    for await (const frame of events) {
      if (!channel.push({ frame, sentMs: clock.monotonicMs() })) break
    }
  }
  read().then(channel.close, channel.fail)
  return channel
}

/** Whether a request is answered for as long as its reader stays. */
export function isWatch({ query }: ApiRequest): boolean {
  return query.get('watch') === 'true' || query.get('watch') === '1'
}
