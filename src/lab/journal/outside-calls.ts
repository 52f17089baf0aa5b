import type { WebhookAnswer, WebhookCall, WebhookTransport } from '#apiserver'
import { type Clock, KnarrError, limited as limitedBy, messageOf } from '#lib'
import type { TimeDriver } from '#sim'
import type { AnswerInput, Journal } from './journal.ts'

/** Calls to endpoints outside, such as webhooks at a URL. */
export interface OutsideCalls extends WebhookTransport {
  /** Answers a call as the journal says. */
  replay(input: AnswerInput): Promise<void>
  /** Makes the calls that a replay has left without an answer. */
  afterReplay(): void
}

/** What calls are made with. */
export interface OutsideCallsOptions {
  readonly journal: Journal
  readonly timeDriver: TimeDriver
  readonly clock: Clock
  /** Limits how long an endpoint may take. */
  readonly wall: Clock
  /** Makes the real call; it is called outside of the simulation. */
  readonly call: WebhookTransport['post']
  /** Runs work outside of the simulation. */
  readonly outside: (work: () => void) => void
  /** While a journal is replayed, it has the answers. */
  readonly isReplaying: () => boolean
}

interface OutsideCall {
  readonly call: WebhookCall
  readonly signal: AbortSignal
  resolve(answer: WebhookAnswer): void
  reject(error: unknown): void
  hold?: Disposable
}

/** Who waits longer in wall time has a dead endpoint before him. */
const wallLimitMs = 30_000

/**
 * Makes calls out of a simulation. Virtual time stands while one is out, so that the speed of the endpoint decides
 * nothing; its answer, or that there was none, enters as an input, which the journal keeps.
 */
export function createOutsideCalls(options: OutsideCallsOptions): OutsideCalls {
  const { journal, timeDriver, clock, wall, outside, isReplaying } = options
  const waiting = new Map<number, OutsideCall>()
  let serial = 0
  const limited = limitedBy(wall, { limitMs: wallLimitMs, reason: 'context deadline exceeded' })
  const settle = (input: AnswerInput) => {
    const found = waiting.get(input.id)
    if (!found) return
    waiting.delete(input.id)
    journal.record(clock.monotonicMs(), input)
    found.hold?.[Symbol.dispose]()
    answer(found, input)
  }
  const begin = (id: number, found: OutsideCall) => {
    found.hold = timeDriver.hold()
    outside(() => {
      limited(found.signal, (signal) => options.call(found.call, signal))
        .then(
          (given) => answerInput(id, given),
          (error: unknown): AnswerInput => ({ kind: 'answer', id, error: messageOf(error) }),
        )
        .then((input) => timeDriver.enter(async () => settle(input)))
        .catch((error: unknown) => {
          const hasEnded = error instanceof KnarrError && error.code === 'TimeDriverStopped'
          if (!hasEnded) found.reject(error)
        })
    })
  }
  return {
    post: (call, signal) =>
      new Promise((resolve, reject) => {
        const id = serial++
        const found: OutsideCall = { call, signal, resolve, reject }
        waiting.set(id, found)
        if (!isReplaying()) begin(id, found)
      }),
    replay: (input) => timeDriver.enter(async () => settle(input)),
    afterReplay() {
      for (const [id, found] of waiting) if (!found.hold) begin(id, found)
    },
  }
}

function answer({ resolve, reject }: OutsideCall, input: AnswerInput): void {
  const { status, contentType = '', body = '', error } = input
  if (status === undefined) reject(new Error(error))
  else resolve({ status, contentType, body: Buffer.from(body, 'latin1') })
}

function answerInput(id: number, { status, contentType, body }: WebhookAnswer): AnswerInput {
  return { kind: 'answer', id, status, contentType, body: Buffer.from(body).toString('latin1') }
}
