import { type Clock, KnarrError, type VirtualClock } from '#lib'
import { type Alarm, createAlarm } from './alarm.ts'

/**
 * Ties virtual time to wall time, and is the one who moves it: pacing, advances and input from
 * outside take their turns in one loop. Input enters only where everything that was ready has run,
 * and is drained before the next comes in, so a journal of (instant, order, input) replays it.
 */
export interface Pacer extends AsyncDisposable {
  /**
   * Starts `work`, input from outside, at a quiescent instant, and runs what follows from it without
   * moving time, paused or not. Resolves with its result, which may need virtual time to pass; other
   * input does not wait for that. What `work` needs from outside (a body) is read before.
   */
  enter<T>(work: (at: EntryPoint) => Promise<T>): Promise<T>
  /** Time stands once this resolves, except for `advance` and `until`. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Virtual time per wall time, more than 0. Rejects with `InvalidSpeed`. */
  speed(factor: number): Promise<void>
  /**
   * Moves time by `ms` as fast as it can, also while paused. Calls take turns; each counts from when
   * its turn comes. Rejects with what a timer throws and with the signal's reason.
   */
  advance(ms: number, signal?: AbortSignal): Promise<void>
  /** Like `advance`, until `condition` holds. Resolves to whether it held. */
  until(condition: () => boolean, limitMs: number, signal?: AbortSignal): Promise<boolean>
  /** Like `until`, but time moves for it only while nobody asks for `advance` or `until`. */
  carry(condition: () => boolean, limitMs: number): Promise<boolean>
  status(): PacerStatus
}

/** Where an input came in: an instant (`monotonicMs` of the virtual clock), and which it was. */
export interface EntryPoint {
  readonly atMs: number
  readonly order: number
}

export interface PacerStatus {
  readonly isPaused: boolean
  readonly isAdvancing: boolean
  readonly speed: number
  /** The virtual instant, since the simulation's start. */
  readonly nowMs: number
  /** How far the next timer is past due, in virtual time: the machine cannot keep this speed. */
  readonly behindMs: number
  /** What stopped the pace; `resume` forgets it. */
  readonly failure: unknown
}

export interface PacerOptions {
  readonly virtual: VirtualClock
  readonly wall: Clock
  /** Default 1. */
  readonly speed?: number
  readonly startsPaused?: boolean
  /** Wraps the start of every input; a guard enters its simulation here. */
  readonly inside?: <T>(work: () => T) => T
  /** Called when a timer throws while nobody waits for an advance. The pacer has paused. */
  onFailure(error: unknown): void
}

/** Something that happens at a quiescent point, between two movements of time. */
interface Entry {
  readonly run: () => void
  readonly reject: (reason: unknown) => void
}

/** A movement of time that somebody asked for. */
interface Journey {
  /** How far it may still go. */
  leftMs: number
  /** Goes on only when no other journey is there. */
  readonly givesWay: boolean
  readonly condition: () => boolean
  readonly signal: AbortSignal | undefined
  readonly resolve: (held: boolean) => void
  readonly reject: (reason: unknown) => void
  /** Set when its turn comes. */
  untilMs?: number
}

interface Pace {
  readonly options: PacerOptions
  readonly alarm: Alarm
  readonly entries: Entry[]
  readonly journeys: Journey[]
  isPaused: boolean
  isStopped: boolean
  speed: number
  /** These two instants belong together. */
  anchorWallMs: number
  anchorVirtualMs: number
  failure: unknown
}

/** How long the pace runs, in wall time, before it looks at what else there is to do. */
const sliceMs = 20
/** The time shown to whoever looks without entering is at most this old, in wall time. */
const longestRestMs = 1000

export function createPacer(options: PacerOptions): Pacer {
  const pace: Pace = {
    options,
    alarm: createAlarm(options.wall),
    entries: [],
    journeys: [],
    isPaused: options.startsPaused ?? false,
    isStopped: false,
    speed: options.speed ?? 1,
    anchorWallMs: 0,
    anchorVirtualMs: 0,
    failure: undefined,
  }
  anchor(pace)
  const loop = drive(pace)
  let entered = 0
  return {
    ...controlsOf(pace),
    async enter(work) {
      const { promise } = await atQuiescence(pace, () => {
        const at = { atMs: options.virtual.monotonicMs(), order: entered++ }
        const start = async () => work(at)
        // In a box, because a promise that is resolved with the work's would wait for its end.
        return { promise: options.inside ? options.inside(start) : start() }
      })
      return promise
    },
    advance: async (ms, signal) => {
      await travel(pace, { leftMs: ms, condition: () => false, signal, givesWay: false })
    },
    until: (condition, leftMs, signal) =>
      travel(pace, { leftMs, condition, signal, givesWay: false }),
    carry: (condition, leftMs) =>
      travel(pace, { leftMs, condition, signal: undefined, givesWay: true }),
    status: () => statusOf(pace),
    async [Symbol.asyncDispose]() {
      pace.isStopped = true
      pace.alarm.ring()
      await loop
    },
  }
}

function controlsOf(pace: Pace): Pick<Pacer, 'pause' | 'resume' | 'speed'> {
  return {
    pause: () =>
      atQuiescence(pace, () => {
        pace.isPaused = true
      }),
    resume: () =>
      atQuiescence(pace, () => {
        if (pace.isPaused) anchor(pace)
        pace.isPaused = false
        pace.failure = undefined
      }),
    speed: (factor) =>
      atQuiescence(pace, () => {
        if (!(factor > 0 && factor < Number.POSITIVE_INFINITY)) throw invalidSpeed(factor)
        pace.speed = factor
        anchor(pace)
      }),
  }
}

function statusOf(pace: Pace): PacerStatus {
  const { virtual } = pace.options
  const isAdvancing = pace.journeys.length > 0
  const nextMs = virtual.nextTimerMs
  const isPacing = !pace.isPaused && !isAdvancing && nextMs !== undefined
  return {
    isPaused: pace.isPaused,
    isAdvancing,
    speed: pace.speed,
    nowMs: virtual.monotonicMs(),
    behindMs: isPacing ? Math.max(0, dueMs(pace) - nextMs) : 0,
    failure: pace.failure,
  }
}

function atQuiescence<T>(pace: Pace, act: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    if (pace.isStopped) return reject(stopped())
    const run = () => {
      try {
        resolve(act())
      } catch (error) {
        reject(error)
      }
    }
    pace.entries.push({ run, reject })
    pace.alarm.ring()
  })
}

function travel(pace: Pace, wish: Omit<Journey, 'resolve' | 'reject'>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (pace.isStopped) return reject(stopped())
    pace.journeys.push({ ...wish, resolve, reject })
    pace.alarm.ring()
  })
}

/** Whose turn it is. */
function nextJourney({ journeys }: Pace): Journey | undefined {
  return journeys.find(({ givesWay }) => !givesWay) ?? journeys[0]
}

async function drive(pace: Pace): Promise<void> {
  while (!pace.isStopped) {
    try {
      await serveEntries(pace)
      const journey = nextJourney(pace)
      if (journey) await continueJourney(pace, journey)
      else if (pace.isPaused) await restFor(pace, undefined)
      else await keepPace(pace)
    } catch (error) {
      pace.isPaused = true
      pace.failure = error
      pace.options.onFailure(error)
    }
  }
  for (const { reject } of [...pace.entries, ...pace.journeys]) reject(stopped())
}

async function serveEntries(pace: Pace): Promise<void> {
  const { virtual } = pace.options
  while (pace.entries.length > 0 && !pace.isStopped) {
    if (!pace.isPaused && pace.journeys.length === 0) await follow(pace, () => false)
    pace.entries.shift()?.run()
    await virtual.settle()
  }
}

/** Goes on until it arrives or something wants to come in; time goes on from there afterwards. */
async function continueJourney(pace: Pace, journey: Journey): Promise<void> {
  const { virtual } = pace.options
  let held = false
  const mayStop = () => {
    held = journey.condition()
    return held || isWanted(pace) || nextJourney(pace) !== journey
  }
  journey.untilMs ??= virtual.monotonicMs() + journey.leftMs
  try {
    const leftMs = journey.untilMs - virtual.monotonicMs()
    const mustWait = await virtual.until(mayStop, leftMs, journey.signal)
    if (mustWait && !held) {
      if (nextJourney(pace) !== journey) giveWay(journey, virtual.monotonicMs())
      return
    }
    journey.resolve(held)
  } catch (error) {
    journey.reject(error)
  }
  pace.journeys.splice(pace.journeys.indexOf(journey), 1)
  anchor(pace)
}

/** What others move time by is not taken from what it may go itself. */
function giveWay(journey: Journey, nowMs: number): void {
  journey.leftMs = (journey.untilMs ?? nowMs) - nowMs
  delete journey.untilMs
}

/** Catches up with wall time, then rests until the next timer is due. */
async function keepPace(pace: Pace): Promise<void> {
  const { virtual } = pace.options
  await follow(pace, () => isWanted(pace))
  const nextMs = virtual.nextTimerMs ?? Number.POSITIVE_INFINITY
  const restMs = (nextMs - dueMs(pace)) / pace.speed
  if (restMs > 0) await restFor(pace, Math.min(restMs, longestRestMs))
}

/** Moves virtual time towards where it is due, for at most a slice of wall time. */
async function follow(pace: Pace, mayStop: () => boolean): Promise<void> {
  const { virtual, wall } = pace.options
  const deadlineMs = wall.monotonicMs() + sliceMs
  const isEnough = () => mayStop() || wall.monotonicMs() > deadlineMs
  await virtual.until(isEnough, dueMs(pace) - virtual.monotonicMs())
}

/** Rests unless there is something to do, which nobody would ring for again. */
async function restFor(pace: Pace, ms: number | undefined): Promise<void> {
  if (!isWanted(pace) && pace.journeys.length === 0) await pace.alarm.rest(ms)
}

function isWanted(pace: Pace): boolean {
  return pace.entries.length > 0 || pace.isStopped
}

/** The virtual instant that belongs to this wall instant. */
function dueMs(pace: Pace): number {
  const passedMs = pace.options.wall.monotonicMs() - pace.anchorWallMs
  return pace.anchorVirtualMs + passedMs * pace.speed
}

/** From here on, virtual time follows wall time from where both stand now. */
function anchor(pace: Pace): void {
  pace.anchorWallMs = pace.options.wall.monotonicMs()
  pace.anchorVirtualMs = pace.options.virtual.monotonicMs()
}

function stopped(): KnarrError {
  return new KnarrError('PacerStopped', 'the simulation has been stopped')
}

function invalidSpeed(factor: number): KnarrError {
  return new KnarrError('InvalidSpeed', `${factor} is no speed`, { hint: 'Give more than 0.' })
}
