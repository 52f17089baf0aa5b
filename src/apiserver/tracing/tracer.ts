import { type Clock, finishing, onAbort, type Random } from '#lib'
import type { ApiRequest, ApiResponse, UserInfo } from '#machinery'
import type { RequestInfo } from '../request/request-info.ts'
import type { OpenTrace, RequestTrace } from '../request/request-trace.ts'
import type { RequestSpan, SpanAttributes } from '../spans/request-span.ts'
import { requestAttributes, requestSpanName } from './http-attributes.ts'
import {
  isWithinRatio,
  type TraceContext,
  traceContextIn,
  traceHeaders,
  traceIdentifier,
} from './trace-context.ts'

/** A piece of work that is over, for whoever keeps traces. Times are of the wall, in milliseconds. */
export interface FinishedSpan {
  readonly context: TraceContext
  /** Absent for the first of a trace. */
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client'
  readonly startMs: number
  readonly endMs: number
  readonly attributes: SpanAttributes
  readonly events: readonly {
    readonly name: string
    readonly atMs: number
    readonly attributes: SpanAttributes
  }[]
  /** Traces that this one has to do with, and is no part of. */
  readonly links: readonly TraceContext[]
  /** Absent where the work has not failed. */
  readonly error?: string
}

/** What is traced, and who is told. */
export interface TracingOptions {
  /** Of requests that belong to no trace yet, how many begin one. */
  readonly samplingRatePerMillion: number
  /** Takes a span at once, whatever becomes of it. */
  readonly take: (span: FinishedSpan) => void
}

interface TracerWorld extends TracingOptions {
  readonly random: Random
  /** Wall time, as fine as the machine's clock goes. */
  readonly nowMs: () => number
}

/** Makes what begins the trace of each request (upstream: `WithTracing`, `filterlatency`). */
export function createTracer(
  options: TracingOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): OpenTrace {
  const offsetMs = clock.wallMs() - clock.monotonicMs()
  const nowMs = () => offsetMs + clock.monotonicMs()
  const world = { ...options, random: random.fork('traces'), nowMs }
  return (request, auditId) => new Trace(world, request, auditId.slice(0, maxAuditId))
}

const maxAuditId = 64
const maxEvents = 128

/** Those who may say what trace their request belongs to, and so that it is kept. */
const trustedGroups: readonly string[] = ['system:masters', 'system:monitoring']

class Trace implements RequestTrace {
  readonly #world: TracerWorld
  readonly #request: ApiRequest
  readonly #auditId: string
  readonly #startMs: number
  /** From the outermost to the innermost. */
  readonly #open: Span[]

  constructor(world: TracerWorld, request: ApiRequest, auditId: string) {
    this.#world = world
    this.#request = request
    this.#auditId = auditId
    this.#startMs = world.nowMs()
    this.#open = [this.#begin('authentication', {})]
  }

  get span(): RequestSpan {
    return this.#innermost
  }

  get #innermost(): Span {
    // Cast: there is one from the beginning on.
    return this.#open.at(-1) as Span
  }

  authenticated(info: RequestInfo, user: UserInfo): void {
    const remote = traceContextIn(this.#request.headers)
    const isTrusted = user.groups.some((group) => trustedGroups.includes(group))
    const parent = isTrusted ? (remote ?? this.#innermost.context) : undefined
    const links = !isTrusted && remote ? [remote] : []
    const span = this.#begin(requestSpanName(this.#request, info), {
      parent,
      links,
      kind: 'server',
    })
    if (span.context.isSampled) span.set(requestAttributes(this.#request, this.#auditId))
    this.#open.push(span)
  }

  enter(filter: string): void {
    if (this.#innermost.context.isSampled) this.#open.push(this.#innermost.begin(filter))
  }

  answered(response: ApiResponse, signal: AbortSignal): ApiResponse {
    const { status, body } = response
    // That of the request itself follows the one of authentication.
    this.#open[1]?.set({ 'http.response.status_code': status })
    const hasFailed = status >= 500
    if (body.kind === 'watch') {
      const end = this.#endingWith(signal, hasFailed)
      return { ...response, body: { ...body, events: finishing(body.events, end) } }
    }
    if (body.kind === 'stream') {
      const end = this.#endingWith(signal, hasFailed)
      return { ...response, body: { ...body, chunks: finishing(body.chunks, end) } }
    }
    this.#end(hasFailed)
    return response
  }

  #endingWith(signal: AbortSignal, hasFailed: boolean): () => void {
    const end = () => {
      leaving[Symbol.dispose]()
      this.#end(hasFailed)
    }
    const leaving = onAbort(signal, end)
    if (signal.aborted) end()
    return end
  }

  /** All that is open ends, the innermost first; what has ended already stays so. */
  #end(hasFailed: boolean): void {
    for (const [index, span] of [...this.#open.entries()].reverse()) {
      if (index === 1 && hasFailed) span.end('')
      else span.end()
    }
  }

  #begin(name: string, how: Beginning): Span {
    const { random, samplingRatePerMillion: rate } = this.#world
    const { parent } = how
    const traceId = parent?.traceId ?? traceIdentifier(random, 32)
    const context = {
      traceId,
      spanId: traceIdentifier(random, 16),
      isSampled: parent ? parent.isSampled : isWithinRatio(traceId, rate / 1_000_000),
      traceState: parent?.traceState ?? '',
    }
    return new Span({ ...this.#world, auditId: this.#auditId }, context, {
      startMs: this.#startMs,
      ...how,
      name,
    })
  }
}

interface Beginning {
  readonly parent?: TraceContext | undefined
  readonly links?: readonly TraceContext[]
  readonly kind?: FinishedSpan['kind']
  readonly attributes?: SpanAttributes
}

interface Begun extends Beginning {
  readonly name: string
  readonly startMs: number
}

class Span implements RequestSpan {
  readonly context: TraceContext
  readonly auditId: string
  readonly #world: TracerWorld & { readonly auditId: string }
  readonly #begun: Begun
  readonly #events: FinishedSpan['events'][number][] = []
  #attributes: SpanAttributes
  #isOver = false

  constructor(
    world: TracerWorld & { readonly auditId: string },
    context: TraceContext,
    begun: Begun,
  ) {
    this.#world = world
    this.context = context
    this.auditId = world.auditId
    this.#begun = begun
    this.#attributes = begun.attributes ?? {}
  }

  get headers(): Readonly<Record<string, string>> {
    return traceHeaders(this.context)
  }

  begin(name: string, attributes: SpanAttributes = {}, kind?: 'call'): Span {
    // Nobody looks at what is not sampled: whoever goes on with it may do so from here.
    if (!this.context.isSampled) return this
    const { random, nowMs } = this.#world
    const context = { ...this.context, spanId: traceIdentifier(random, 16) }
    return new Span(this.#world, context, {
      name,
      attributes,
      parent: this.context,
      kind: kind === 'call' ? 'client' : 'internal',
      startMs: nowMs(),
    })
  }

  event(name: string, attributes: SpanAttributes = {}): void {
    if (!this.context.isSampled || this.#events.length >= maxEvents) return
    this.#events.push({ name, attributes, atMs: this.#world.nowMs() })
  }

  set(attributes: SpanAttributes): void {
    if (this.context.isSampled) this.#attributes = { ...this.#attributes, ...attributes }
  }

  end(error?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    if (!this.context.isSampled) return
    const { name, parent, kind = 'internal', startMs, links = [] } = this.#begun
    this.#world.take({
      context: this.context,
      ...(parent && { parentSpanId: parent.spanId }),
      ...{ name, kind, startMs, links },
      endMs: this.#world.nowMs(),
      attributes: this.#attributes,
      events: this.#events,
      ...(error !== undefined && { error }),
    })
  }
}
