import { apiProtobuf } from '#api'
import type { ApiServer } from '#apiserver'
import { createVirtualClock, messageOf, seededRandom, type VirtualClock } from '#lib'
import type { ApiRequest, ApiResponse, ApiResponseBody } from '#machinery'
import { jsonPieces, parseJson } from '#machinery'
import { decodeCbor } from '#machinery/codec'
import { startAttacked } from '../scenarios/apiserver/hostile-fixture.ts'
import { createFuzzRequests, type FuzzRequest } from './requests-fixture.ts'

/** What was wrong about the answer to a request, in words. */
interface Finding {
  readonly request: string
  readonly what: string
}

/** What came of many requests. */
interface FuzzResult {
  readonly findings: readonly Finding[]
  /** How often each status was answered, the most frequent first. */
  readonly statuses: ReadonlyMap<number, number>
}

/** No request may hold the event loop for longer, by the processor time of its thread. */
const maxHoldMs = 100
/** After so many, the server is made anew: what a million requests leave behind is no matter here. */
const requestsOfServer = 20_000
const maxFindings = 20

/** Sends requests that chance makes of all kinds, and looks at every answer. */
export async function fuzz(
  count: number,
  seed: number,
  progress: (sent: number) => void = () => {},
): Promise<FuzzResult> {
  const findings: Finding[] = []
  const statuses = new Map<number, number>()
  for (let sent = 0; sent < count && findings.length < maxFindings; sent += requestsOfServer) {
    const random = seededRandom(`${seed} ${sent}`)
    const few = Math.min(requestsOfServer, count - sent)
    await fuzzServer({ count: few, requests: createFuzzRequests(random), findings, statuses })
    progress(sent + few)
  }
  return { findings, statuses: new Map([...statuses].toSorted(([, a], [, b]) => b - a)) }
}

interface Fuzzed {
  readonly count: number
  readonly requests: ReturnType<typeof createFuzzRequests>
  readonly findings: Finding[]
  readonly statuses: Map<number, number>
}

async function fuzzServer({ count, requests, findings, statuses }: Fuzzed): Promise<void> {
  const clock = createVirtualClock()
  await using api = await startAttacked({ virtualClock: clock })
  for (let index = 0; index < count && findings.length < maxFindings; index++) {
    const request = requests.next()
    const { status, what, object, heldMs } = await answerTo(api, clock, request)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (object) requests.learn(object)
    // What is slow once may be the collection of garbage; what a request costs comes again.
    const isSlow = heldMs > maxHoldMs && (await isSlowAgain(api, clock, request))
    const found = what ?? (isSlow ? `it held the loop for ${Math.round(heldMs)} ms` : undefined)
    if (found) findings.push({ request: describe(request), what: found })
  }
}

async function isSlowAgain(
  api: ApiServer,
  clock: VirtualClock,
  request: FuzzRequest,
): Promise<boolean> {
  for (let time = 0; time < 2; time++) {
    if ((await answerTo(api, clock, request)).heldMs <= maxHoldMs) return false
  }
  return true
}

interface Outcome {
  readonly status: number
  /** What is wrong with the answer. */
  readonly what: string | undefined
  readonly object?: Readonly<Record<string, unknown>> | undefined
  readonly heldMs: number
}

async function answerTo(
  api: ApiServer,
  clock: VirtualClock,
  request: FuzzRequest,
): Promise<Outcome> {
  const before = process.threadCpuUsage()
  const held = () => {
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  }
  try {
    const response = await answered(api.handle(asked(request), AbortSignal.timeout(60_000)), clock)
    const { status } = response
    const heldMs = held()
    return { status, heldMs, ...(await looked(response, clock)) }
  } catch (error) {
    return { status: 0, heldMs: held(), what: `it broke: ${messageOf(error)}` }
  }
}

function asked({ target, body, ...rest }: FuzzRequest): ApiRequest {
  const question = target.indexOf('?')
  return {
    ...rest,
    path: question < 0 ? target : target.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    user: { name: 'admin', groups: ['system:masters', 'system:authenticated'] },
    ...(body && { body: { kind: 'bytes', bytes: body } }),
  }
}

/** Lets time pass for what waits for it. */
async function answered<T>(work: Promise<T>, clock: VirtualClock): Promise<T> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  done.catch(() => {})
  for (let turns = 0; !isDone; turns++) {
    await new Promise(setImmediate)
    if (turns > 20 && !isDone) await clock.advance(1000)
  }
  return done
}

async function looked(
  { status, body, headers }: ApiResponse,
  clock: VirtualClock,
): Promise<Pick<Outcome, 'what' | 'object'>> {
  const decoded = await answered(decodedBody(body), clock)
  const object = isObject(decoded) ? decoded : undefined
  return {
    what: faultOf(status, object, headers),
    object: status < 300 && object?.metadata ? object : undefined,
  }
}

/** What upstream answers with 500, since it has no reason for it either; and the server here has no nodes. */
const upstreams =
  /^resourceVersion should not be set on objects to be created$|^failed to create typed patch object | does not contain declared merge key: |^no nodes$/

/** Other statuses of 500 and above that upstream gives to what these requests ask for. */
const allowed: ReadonlySet<number> = new Set([504])

function faultOf(
  status: number,
  object: Readonly<Record<string, unknown>> | undefined,
  headers: ApiResponse['headers'],
): string | undefined {
  const shown = JSON.stringify(object)?.slice(0, 300)
  if (status === 500 && upstreams.test(String(object?.message))) return undefined
  if (status >= 500 && !allowed.has(status)) return `${status}: ${shown}`
  if (status === 504 && object?.reason !== 'Timeout') return `504 without a time-out: ${shown}`
  const odd = Object.values(headers).find((value) => /[^\t\x20-\x7e]/.test(String(value)))
  if (odd !== undefined) return `a header that no client can read: ${odd}`
  if (object?.kind !== 'Status' || status < 400) return undefined
  if (object.code !== status) return `${status} with a Status of another code: ${shown}`
  return typeof object.message === 'string' ? undefined : `a refusal without a message: ${shown}`
}

/** The body as its client decodes it. @throws Error where it cannot be. */
async function decodedBody(body: ApiResponseBody): Promise<unknown> {
  switch (body.kind) {
    case 'none':
      return undefined
    case 'object':
      return parseJson(Buffer.from(body.value.bytes).toString())
    case 'list': {
      const { listKind: kind, apiVersion, metadata, items } = body
      const bytes = items.map((item) => item.bytes)
      const pieces = jsonPieces({ kind, apiVersion, metadata }, 'items', bytes)
      return parseJson(Buffer.concat([...pieces]).toString())
    }
    case 'bytes':
      return decodedAs(body.contentType, body.bytes)
    case 'pieces':
      return decodedAs(body.contentType, Buffer.concat([...body.pieces]))
    case 'stream':
      for await (const _ of body.chunks);
      return undefined
    case 'watch':
      for await (const { object } of body.events) parseJson(Buffer.from(object.bytes).toString())
      return undefined
  }
}

function decodedAs(contentType: string, bytes: Uint8Array): unknown {
  if (contentType.startsWith('application/vnd.kubernetes.protobuf'))
    return apiProtobuf.decode(bytes)
  if (contentType === 'application/cbor') return decodeCbor(bytes)
  const text = Buffer.from(bytes).toString()
  return contentType.startsWith('application/json') ? parseJson(text) : text
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A request as it can be sent again. */
function describe({ method, target, headers, body }: FuzzRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const text = body?.toString('latin1') ?? ''
  const shown = text.length > 3000 ? `${text.slice(0, 3000)}…` : text
  return [`${method} ${target}`, ...lines, shown].join('\n    ')
}
