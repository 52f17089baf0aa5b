import type { ApiServer, ConnectHandler } from '#apiserver'
import { type Clock, createChannel, finishing } from '#lib'
import {
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  StatusError,
  type UserInfo,
  type WatchFrame,
} from '#machinery'
import type { TimeDriver } from '#sim'
import { createLoads, type Loads } from '../loads/loads.ts'
import type { LoadSpec, LoadWorld, RunningLoad } from '../loads/start-load.ts'
import { type Input, inputOf, type Journal, type RequestInput, requestOf } from './journal.ts'

/** How far a request may carry time that stands, to be answered: calls to a node take some of it. */
const patienceMs = 50

/**
 * Begins work from outside at a quiescent point. While time stands, it is carried on for as little
 * as the work needs to end, and not far; while somebody asks for it to move, which may be the very
 * work, only as that says.
 */
async function enter<T>(timeDriver: TimeDriver, work: () => Promise<T>): Promise<T> {
  let isOver = false
  const done = timeDriver.enter(work).finally(() => {
    isOver = true
  })
  done.catch(() => undefined)
  if (timeDriver.status().isPaused) await timeDriver.untilInBackground(() => isOver, patienceMs)
  return done
}

/** The doors of a simulated cluster: everything from outside comes in here, and is written down. */
export interface Inputs {
  readonly handle: ApiHandler
  readonly connect: ConnectHandler
  /** Clients that send requests from now on. */
  load(spec: LoadSpec): RunningLoad
  /** Those that have not been stopped. */
  readonly loads: readonly RunningLoad[]
  /** Does again what a journal tells, for nobody to read. */
  replay(input: Input): Promise<void>
}

export interface InputsOptions {
  readonly server: ApiServer
  readonly clock: Clock
  readonly journal: Journal
  readonly timeDriver: TimeDriver
  readonly loads: LoadWorld
}

/**
 * The API as the outside sees it. Each request begins at a quiescent point, and answers that go on
 * (watches, followed logs) are read inside the simulation at its own pace, so that the outside's
 * speed decides nothing.
 */
export function createInputs({
  server,
  journal,
  clock,
  timeDriver,
  ...more
}: InputsOptions): Inputs {
  const open = new Map<number, AbortController>()
  let serial = 0
  const write = (input: Input) => journal.record(clock.monotonicMs(), input)
  const loads: Loads = createLoads(more.loads, timeDriver, write)
  const begin = async (input: RequestInput, request: ApiRequest): Promise<ApiResponse> => {
    const stop = new AbortController()
    open.set(input.id, stop)
    write(input)
    return pumped(await server.handle(request, stop.signal))
  }
  const close = (id: number) =>
    timeDriver.enter(async () => {
      const stop = open.get(id)
      if (!stop) return
      open.delete(id)
      write({ kind: 'close', id })
      stop.abort(new Error('whoever asked has left'))
    })
  return {
    async handle(request, signal) {
      const user = await authenticated(server, request, signal)
      // Refused before it could change anything: no input.
      if (!user) return server.handle(request, signal)
      const id = serial++
      const input = inputOf(id, request, user)
      const leave = () => void close(id).catch(() => undefined)
      signal.addEventListener('abort', leave, { once: true })
      const response = await enter(timeDriver, () => begin(input, { ...request, user }))
      if (goesOn(response)) return closing(response, leave)
      signal.removeEventListener('abort', leave)
      open.delete(id)
      return response
    },
    connect: (request, signal) =>
      enter(timeDriver, () => {
        journal.lose(`what was typed into ${request.path} is not kept`)
        return server.connect(request, signal)
      }),
    load: (spec) => loads.start(serial++, spec),
    get loads() {
      return loads.running
    },
    async replay(input) {
      if (input.kind === 'close') return close(input.id)
      if (input.kind === 'unload') return loads.stop(input.id, input.givesUp)
      serial = Math.max(serial, input.id + 1)
      if (input.kind === 'load') {
        loads.start(input.id, input.spec)
        return
      }
      await timeDriver.enter(async () => {
        // Not waited for: the answer may need time that only the next entries let pass.
        void begin(input, requestOf(input)).then((response) => {
          if (!goesOn(response)) open.delete(input.id)
        })
      })
    },
  }
}

function goesOn({ body }: ApiResponse): boolean {
  return body.kind === 'watch' || body.kind === 'stream'
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

/** How far an answer may run ahead of whoever reads it; then it ends, as for any slow watcher. */
const aheadLimit = 100_000

/** The same answer, its events read here and now rather than when somebody asks for them. */
function pumped(response: ApiResponse): ApiResponse {
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
  const channel = createChannel<T>(aheadLimit)
  const pump = async () => {
    for await (const item of source) if (!channel.push(item)) break
  }
  pump().then(channel.close, channel.fail)
  return channel
}

/** Tells when the reader leaves. */
function closing(response: ApiResponse, leave: () => void): ApiResponse {
  const { body } = response
  if (body.kind === 'watch') {
    return { ...response, body: { kind: 'watch', events: finishing(body.events, leave) } }
  }
  if (body.kind === 'stream') {
    return { ...response, body: { ...body, chunks: finishing(body.chunks, leave) } }
  }
  return response
}
