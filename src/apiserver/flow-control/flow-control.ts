import { type Clock, invariant, type MaybePromise, type MetricRegistry } from '#lib'
import type { ApiRequest, UserInfo } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'
import type { RequestInfo } from '../request/request-info.ts'
import { type FlowConfiguration, flowConfigurationOf, type UsedSchema } from './configuration.ts'
import { createFlowCounts, type FlowLabels, type Rejection } from './counts.ts'
import { Level, type WaitingRequest } from './level.ts'
import { observeLevels } from './metrics.ts'
import { type RetryAfter, retryAfter } from './retry-after.ts'
import { matchesSchema } from './rules.ts'
import { mayTake, useOf } from './seats.ts'
import { type CountObjects, seatsOf } from './work.ts'

/** What priority and fairness stand on. */
export interface FlowControlOptions {
  readonly clock: Clock
  readonly objects: ObjectReader
  /** Differs whenever a FlowSchema or a level has changed. */
  readonly changes: () => number
  readonly count: CountObjects
  readonly metrics: MetricRegistry
  /** How many requests that are not exempt may be answered at once (upstream: 400 and 200 together). */
  readonly seats?: number
  /** How long a request may wait for its turn. */
  readonly maxWaitMs?: number
}

/** What a request asks for, and who asks. */
interface FlowRequest {
  readonly request: Pick<ApiRequest, 'query'>
  readonly info: RequestInfo
  readonly user: UserInfo
}

/** A request that may go on. It takes its seats until it is disposed of. */
interface Seat extends Disposable {
  readonly kind: 'seat'
  /** What the answer tells of the way that the request has come by. */
  readonly headers: Readonly<Record<string, string>>
}

/** A request that is turned away. */
export interface TurnedAway {
  readonly kind: 'turned-away'
  readonly headers: Readonly<Record<string, string>>
  readonly retryAfterSeconds: number
}

/** Priority and fairness: sorts requests by FlowSchemas, and lets each level have its share. */
export interface FlowControl {
  /** A seat, at once where there is one; otherwise the request waits, or is turned away. */
  enter(asked: FlowRequest, signal: AbortSignal): MaybePromise<Seat | TurnedAway>
}

/** Upstream's `--max-requests-inflight` and `--max-mutating-requests-inflight` together. */
const defaultSeats = 600
/** A fourth of the time that a request has (upstream: `getRequestWaitContext`). */
const defaultMaxWaitMs = 15_000

export function createFlowControl(options: FlowControlOptions): FlowControl {
  return new Fairness(options)
}

/** One request on its way. */
interface Passing {
  readonly schema: UsedSchema
  readonly level: Level
  readonly seats: number
  readonly labels: FlowLabels
  readonly headers: Readonly<Record<string, string>>
}

class Fairness implements FlowControl {
  readonly #options: FlowControlOptions
  readonly #counts: ReturnType<typeof createFlowCounts>
  readonly #levels = new Map<string, Level>()
  readonly #retries = new Map<string, RetryAfter>()
  #known = Number.NaN
  #schemas: readonly UsedSchema[] = []

  constructor(options: FlowControlOptions) {
    this.#options = options
    this.#counts = createFlowCounts(options.metrics)
    observeLevels(options.metrics, () => {
      this.#refresh()
      return [...this.#levels.values()]
    })
  }

  enter(asked: FlowRequest, signal: AbortSignal): MaybePromise<Seat | TurnedAway> {
    this.#refresh()
    const passing = this.#classify(asked)
    const { level, seats, labels } = passing
    if (level.form.isExempt) return this.#seat(passing)
    const { queues } = level
    if ((queues?.length ?? 0) === 0 && mayTake(level, seats, this.#limited())) {
      this.#counts.waited(labels, 0, true)
      return this.#seat(passing)
    }
    if (!queues) return this.#turnAway(passing, 'concurrency-limit')
    return this.#wait(passing, flowOf(passing.schema, asked), signal)
  }

  #classify({ request, info, user }: FlowRequest): Passing {
    const matching = this.#schemas.find(({ object }) => matchesSchema(object, info, user))
    // Whoever is in no group at all.
    const schema = matching ?? this.#schemas.find(({ name }) => name === 'catch-all')
    const level = schema && this.#levels.get(schema.level)
    invariant(level, 'the schema for the rest is always there, and its level too')
    const { form } = level
    const seats = form.isExempt
      ? 1
      : Math.min(form.maxSeats, seatsOf(request, info, this.#options.count))
    return {
      schema,
      level,
      seats,
      labels: [form.name, schema.name],
      headers: {
        'x-kubernetes-pf-flowschema-uid': schema.uid,
        'x-kubernetes-pf-prioritylevel-uid': form.uid,
      },
    }
  }

  /** Gives seats that are there. */
  #seat({ level, seats, labels, headers }: Passing): Seat {
    const { clock } = this.#options
    const startMs = clock.monotonicMs()
    level.seat(seats)
    this.#counts.dispatched(labels)
    let isTaken = true
    return {
      kind: 'seat',
      headers,
      [Symbol.dispose]: () => {
        if (!isTaken) return
        isTaken = false
        level.unseat(seats)
        this.#counts.executed(labels, clock.monotonicMs() - startMs)
        this.#dispatch()
      },
    }
  }

  #turnAway({ level, labels, headers }: Passing, reason: Rejection): TurnedAway {
    const { name } = level.form
    this.#counts.rejected(labels, reason)
    const retries = this.#retries.get(name) ?? retryAfter()
    this.#retries.set(name, retries)
    const retryAfterSeconds = retries.note(this.#options.clock.wallMs())
    return { kind: 'turned-away', headers, retryAfterSeconds }
  }

  #wait(passing: Passing, flow: string, signal: AbortSignal): MaybePromise<Seat | TurnedAway> {
    const { level, seats, labels } = passing
    const { clock, maxWaitMs = defaultMaxWaitMs } = this.#options
    const { promise, resolve } = Promise.withResolvers<Seat | TurnedAway>()
    const startMs = clock.monotonicMs()
    const settle = (result: Seat | TurnedAway) => {
      late[Symbol.dispose]()
      signal.removeEventListener('abort', leave)
      this.#counts.waited(labels, clock.monotonicMs() - startMs, result.kind === 'seat')
      resolve(result)
    }
    const waiting: WaitingRequest = { seats, flow, go: () => settle(this.#seat(passing)) }
    const give = (reason: Rejection) => {
      level.queues?.remove(waiting)
      settle(this.#turnAway(passing, reason))
    }
    const leave = () => give('cancelled')
    if (!level.queues?.add(waiting)) return this.#turnAway(passing, 'queue-full')
    const late = clock.timer(maxWaitMs, () => give('time-out'))
    signal.addEventListener('abort', leave, { once: true })
    this.#dispatch()
    if (signal.aborted) leave()
    return promise
  }

  /** Lets whoever waits have what is free: levels that use least of their share first. */
  #dispatch(): void {
    for (;;) {
      const levels = this.#limited()
      const next = levels
        .filter((level) => (level.queues?.length ?? 0) > 0)
        .sort((a, b) => useOf(a) - useOf(b))
        .find((level) => mayTake(level, level.queues?.peek()?.seats ?? 1, levels))
      const granted = next?.queues?.take()
      if (!granted) return
      granted.go()
    }
  }

  #limited(): readonly Level[] {
    return [...this.#levels.values()].filter(({ form }) => !form.isExempt)
  }

  #refresh(): void {
    const changes = this.#options.changes()
    if (changes === this.#known) return
    this.#known = changes
    const { objects, seats = defaultSeats } = this.#options
    const configuration = flowConfigurationOf(objects, seats)
    this.#schemas = configuration.schemas
    this.#become(configuration)
    this.#dispatch()
  }

  /** Levels that are gone stay until all whom they hold are done. */
  #become({ levels }: FlowConfiguration): void {
    for (const [name, level] of this.#levels) {
      if (!levels.has(name) && level.isIdle) this.#levels.delete(name)
    }
    for (const [name, form] of levels) {
      const level = this.#levels.get(name)
      if (level) level.become(form)
      else this.#levels.set(name, new Level(form))
    }
    for (const name of this.#retries.keys()) if (!levels.has(name)) this.#retries.delete(name)
  }
}

/** Requests of one flow share a hand of queues. */
function flowOf({ name, distinguisher }: UsedSchema, { info, user }: FlowRequest): string {
  if (distinguisher === 'ByUser') return `${name}\0${user.name}`
  const namespace = info.kind === 'resource' ? info.namespace : ''
  return distinguisher === 'ByNamespace' ? `${name}\0${namespace}` : `${name}\0`
}
