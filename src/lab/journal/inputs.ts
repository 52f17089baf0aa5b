import { type ApiServer, type ConnectHandler, wholeRequest } from '#apiserver'
import { type Clock, createChannel, finishing } from '#lib'
import type { ApiHandler, ApiRequest, ApiResponse, UserInfo, WatchFrame } from '#machinery'
import { StatusError } from '#machinery/status'
import type { PiecePoint, PlannedEntry, TimeDriver } from '#sim'
import { createLoads, type Loads } from '../loads/loads.ts'
import type { LoadSpec, LoadWorld, RunningLoad } from '../loads/start-load.ts'
import { type Input, type Journal, type RequestInput, toInput, toRequest } from './journal.ts'
import type { OutsideCalls } from './outside-calls.ts'

/** How far a request may advance a paused clock in order to be answered: calls to a node take time. */
const maxAdvanceMs = 50

/**
 * Begins work from outside. A paused clock advances by as little as the work
 * needs to end, and by `maxAdvanceMs` at most. While somebody advances it, who may be this very
 * work, it advances only as they say.
 */
async function enter<T>(timeDriver: TimeDriver, enterWork: () => Promise<T>): Promise<T> {
  let isOver = false
  const done = enterWork().finally(() => {
    isOver = true
  })
  done.catch(() => undefined)
  if (timeDriver.status().isPaused) await timeDriver.untilInBackground(() => isOver, maxAdvanceMs)
  return done
}

/** `Inputs` is the only way into a simulated cluster from outside; the journal keeps what comes. */
export interface Inputs {
  /** Answers a request of a client outside. */
  readonly handle: ApiHandler
  /** Opens a connection such as `exec`, after which the journal is incomplete. */
  readonly connect: ConnectHandler
  /** Starts clients inside the simulation that send requests until they are stopped. */
  load(spec: LoadSpec): RunningLoad
  /** The loads that were not stopped. */
  readonly loads: readonly RunningLoad[]
  /** Repeats an input of a journal at a quiescent point; nobody reads its answer. */
  replay(input: Input): Promise<void>
  /** Repeats an input that came in the middle of an instant, once time comes there. */
  replayAt(at: PiecePoint, input: Input): PlannedEntry
  /** Goes on from the end of a journal: what it has no answer for is done. */
  afterReplay(): void
}

/** What inputs act on. */
export interface InputsOptions {
  readonly server: ApiServer
  readonly clock: Clock
  readonly journal: Journal
  readonly timeDriver: TimeDriver
  readonly loads: LoadWorld
  readonly outsideCalls: OutsideCalls
}

/**
 * Makes the API as clients outside see it. Each request begins at a quiescent point, and answers that
 * go on (watches, followed logs) are read inside the simulation at its own pace and buffered, so that
 * the speed of clients decides nothing. A request that comes over a wire, whenever its client likes, may also
 * begin in the middle of a busy instant; one of this process waits for the end of it, so that the same
 * program with the same seed comes to the same end however fast it runs.
 */
export function createInputs({
  server,
  journal,
  clock,
  timeDriver,
  outsideCalls,
  ...more
}: InputsOptions): Inputs {
  let serial = 0
  const write = (input: Input, piece?: number) => journal.record(clock.monotonicMs(), input, piece)
  const loads: Loads = createLoads(more.loads, timeDriver, write)
  const { begin, end, repeat, answered } = createExchanges(server, write)
  const close = (id: number, isOverWire: boolean) =>
    isOverWire
      ? timeDriver.enterBetween(({ piece }) => end(id, piece))
      : timeDriver.enter(() => end(id))
  return {
    async handle(request, signal) {
      const user = await authenticated(server, request, signal)
      // Refused before it could change anything: no input.
      if (!user) return server.handle(request, signal)
      // How fast it takes its answer decides nothing in a simulation.
      const { whenSent, ...asked } = request
      const outside = { ...asked, user, isFromOutside: true } as const
      const whole = await readIfAllowed(server, outside, signal)
      if (!whole) return server.handle(request, signal)
      const id = serial++
      const input = toInput(id, whole, user)
      const disconnect = () => void close(id, whenSent !== undefined).catch(() => undefined)
      signal.addEventListener('abort', disconnect, { once: true })
      const response = await enter(timeDriver, () =>
        whenSent
          ? timeDriver.enterBetween(({ piece }) => begin(input, whole, piece))
          : timeDriver.enter(() => begin(input, whole)),
      )
      if (isStreaming(response)) return onReaderGone(response, disconnect)
      signal.removeEventListener('abort', disconnect)
      answered(id)
      return response
    },
    connect: (request, signal) =>
      enter(timeDriver, () =>
        timeDriver.enter(async () => {
          journal.markIncomplete(`what was typed into ${request.path} is not kept`)
          return server.connect(request, signal)
        }),
      ),
    load: (spec) => loads.start(serial++, spec),
    get loads() {
      return loads.running
    },
    replayAt(at, input) {
      serial = Math.max(serial, input.id + 1)
      return timeDriver.enterAgain(at, async () => {
        if (input.kind === 'close') return end(input.id, at.piece)
        if (input.kind === 'request') repeat(input, at.piece)
      })
    },
    async replay(input) {
      if (input.kind === 'close') return timeDriver.enter(() => end(input.id))
      if (input.kind === 'answer') return outsideCalls.replay(input)
      if (input.kind === 'unload') return loads.stop(input.id, input.givesUp)
      serial = Math.max(serial, input.id + 1)
      if (input.kind === 'load') {
        loads.start(input.id, input.spec)
        return
      }
      await timeDriver.enter(async () => repeat(input))
    },
    afterReplay: outsideCalls.afterReplay,
  }
}

/** The requests that have begun, until they are answered or their clients have left. */
function createExchanges(
  server: Pick<ApiServer, 'handle'>,
  write: (input: Input, piece?: number) => void,
) {
  const open = new Map<number, AbortController>()
  const begin = async (
    input: RequestInput,
    request: ApiRequest,
    piece?: number,
  ): Promise<ApiResponse> => {
    const stop = new AbortController()
    open.set(input.id, stop)
    write(input, piece)
    return buffered(await server.handle(request, stop.signal))
  }
  return {
    begin,
    async end(id: number, piece?: number) {
      const stop = open.get(id)
      if (!stop) return
      open.delete(id)
      write({ kind: 'close', id }, piece)
      stop.abort(new Error('whoever asked has left'))
    },
    /** Not waited for: the answer may need time that only the next entries let pass. */
    repeat(input: RequestInput, piece?: number) {
      void begin(input, toRequest(input), piece).then((response) => {
        if (!isStreaming(response)) open.delete(input.id)
      })
    },
    answered: (id: number) => void open.delete(id),
  }
}

function isStreaming({ body }: ApiResponse): boolean {
  return body.kind === 'watch' || body.kind === 'stream'
}

/**
 * The request with its body; without it for one who may not ask, whom the server refuses by the head
 * alone. Undefined where the body itself is refused.
 */
async function readIfAllowed(
  server: ApiServer,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<ApiRequest | undefined> {
  const { readBody, ...head } = request
  if (!readBody) return request
  try {
    await server.authorize(head, signal)
  } catch {
    return head
  }
  return wholeRequest(request).catch(() => undefined)
}

async function authenticated(
  server: ApiServer,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<UserInfo | undefined> {
  if (request.user) return request.user
  for (const authenticator of server.parts.authenticators) {
    const result = await authenticator.authenticate(request, signal)
    if (result && !(result instanceof StatusError)) return result.user
  }
  return undefined
}

/** Items that are buffered for a slow reader; with more the answer ends, as for any slow watcher. */
const maxBuffered = 100_000

/** Returns the same answer, its events read at once rather than when the client asks for them. */
function buffered(response: ApiResponse): ApiResponse {
  const { body } = response
  if (body.kind === 'watch') {
    return { ...response, body: { kind: 'watch', events: readAhead<WatchFrame>(body.events) } }
  }
  if (body.kind === 'stream') {
    return { ...response, body: { ...body, chunks: readAhead(body.chunks) } }
  }
  return response
}

function readAhead<T>(source: AsyncIterable<T>): AsyncIterable<T> {
  const channel = createChannel<T>(maxBuffered)
  const pump = async () => {
    for await (const item of source) if (!channel.push(item)) break
  }
  pump().then(channel.close, channel.fail)
  return channel
}

/** Calls `disconnect` when the reader of an answer leaves. */
function onReaderGone(response: ApiResponse, leave: () => void): ApiResponse {
  const { body } = response
  if (body.kind === 'watch') {
    return { ...response, body: { kind: 'watch', events: finishing(body.events, leave) } }
  }
  if (body.kind === 'stream') {
    return { ...response, body: { ...body, chunks: finishing(body.chunks, leave) } }
  }
  return response
}
