import { type Clock, KnarrError, type VirtualClock } from '#lib'
import { type Alarm, createAlarm } from './alarm.ts'
import {
  createEnteringQueue,
  type EnteringQueue,
  type PiecePoint,
  type PlannedEntry,
} from './entering.ts'

/**
 * A time driver ties virtual time to wall time, and is the only one who moves it: following wall time,
 * advances and input from outside take their turns in one loop. Input enters only where everything that was ready has run,
 * and is drained before the next comes in, so a journal of (instant, order, input) replays it.
 */
export interface TimeDriver extends AsyncDisposable {
  /**
   * Starts `work`, input from outside, at a quiescent instant, and runs what follows from it without
   * moving time, paused or not. Resolves with its result, which may need virtual time to pass; other
   * input does not wait for that. What `work` needs from outside (a body) is read before.
   */
  enter<T>(work: (at: EntryPoint) => Promise<T>): Promise<T>
  /**
   * Does as `enter`, but does not wait for a quiescent point where the instant has much to do: then the
   * work goes before what else is ready, and is told at which piece.
   */
  enterBetween<T>(work: (at: EntryPoint) => Promise<T>): Promise<T>
  /** Starts work at the piece of an instant at which it entered before, once time comes there. */
  enterAgain(at: PiecePoint, work: () => Promise<void>): PlannedEntry
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
  /** Moves time as `advance` does, until `condition` holds. Resolves to whether it held. */
  until(condition: () => boolean, limitMs: number, signal?: AbortSignal): Promise<boolean>
  /** Does as `until`, but time moves for it only while nobody asks for `advance` or `until`. */
  untilInBackground(condition: () => boolean, limitMs: number): Promise<boolean>
  /** Keeps time where it is, whoever wants to move it, until disposed; input still enters. */
  hold(): Disposable
  status(): TimeDriverStatus
}

/** Where an input came in: an instant (`monotonicMs` of the virtual clock), and which it was. */
interface EntryPoint {
  readonly atMs: number
  readonly order: number
  /** How many pieces of work of the instant had run; absent at a quiescent point. */
  readonly piece?: number
}

interface TimeDriverStatus {
  readonly isPaused: boolean
  readonly isAdvancing: boolean
  readonly speed: number
  /** The virtual instant, since the simulation's start. */
  readonly nowMs: number
  /** How far the next timer is past due, in virtual time: the machine cannot keep this speed. */
  readonly behindMs: number
  /** The error that stopped time; `resume` forgets it. */
  readonly failure: unknown
}

export interface TimeDriverOptions {
  readonly virtual: VirtualClock
  readonly wall: Clock
  /** Default 1. */
  readonly speed?: number
  readonly startsPaused?: boolean
  /** Wraps the start of every input; a guard enters its simulation here. */
  readonly inside?: <T>(work: () => T) => T
  /** Called when a timer throws while nobody waits for an advance. The time driver has paused. */
  onFailure(error: unknown): void
}

/** Work that waits for a quiescent point, between two movements of time. */
interface QueuedWork {
  readonly run: () => void
  readonly reject: (reason: unknown) => void
}

/** A request to move time: an advance, or a wait for a condition. */
interface TimeRequest {
  /** The virtual time that it may still move by, in milliseconds. */
  leftMs: number
  /** It moves time only while no other request is there. */
  readonly isBackground: boolean
  readonly condition: () => boolean
  readonly signal: AbortSignal | undefined
  readonly resolve: (held: boolean) => void
  readonly reject: (reason: unknown) => void
  /** The virtual instant of its limit, set when its turn comes. */
  untilMs?: number
}

interface DriverState {
  readonly options: TimeDriverOptions
  readonly alarm: Alarm
  readonly queuedWork: QueuedWork[]
  readonly entering: EnteringQueue
  readonly timeRequests: TimeRequest[]
  isPaused: boolean
  isStopped: boolean
  speed: number
  /** The wall instant and the virtual instant from which wall time is followed. */
  anchorWallMs: number
  anchorVirtualMs: number
  failure: unknown
  /** How many keep time where it is. */
  holds: number
}

/** The wall time that catching up takes at most before queued work is looked at. */
const sliceMs = 20
/** The longest rest, in wall milliseconds: the time that status shows is at most this old. */
const longestRestMs = 1000

/** Starts a driver that moves the virtual clock along with the wall clock until it is disposed. */
export function createTimeDriver(options: TimeDriverOptions): TimeDriver {
  const driver: DriverState = {
    options,
    alarm: createAlarm(options.wall),
    queuedWork: [],
    entering: createEnteringQueue(options.virtual),
    timeRequests: [],
    isPaused: options.startsPaused ?? false,
    isStopped: false,
    speed: options.speed ?? 1,
    anchorWallMs: 0,
    anchorVirtualMs: 0,
    failure: undefined,
    holds: 0,
  }
  anchorToWallTime(driver)
  const loop = runLoop(driver)
  let entered = 0
  const begin = <T>(work: (at: EntryPoint) => Promise<T>, piece: number | undefined) => {
    const atMs = options.virtual.monotonicMs()
    const at = { atMs, order: entered++, ...(piece !== undefined && { piece }) }
    const start = async () => work(at)
    return options.inside ? options.inside(start) : start()
  }
  return {
    ...controlsOf(driver),
    async enter(work) {
      // In a box, because a promise that is resolved with the work's would wait for its end.
      const { promise } = await atQuiescence(driver, () => ({ promise: begin(work, undefined) }))
      return promise
    },
    enterBetween: (work) =>
      new Promise((resolve, reject) => {
        if (driver.isStopped) return reject(stopped())
        driver.entering.add((piece) => resolve(begin(work, piece)), reject)
        driver.alarm.ring()
      }),
    enterAgain: (at, work) => driver.entering.plan(at, (piece) => void begin(work, piece)),
    advance: async (ms, signal) => {
      await moveTime(driver, { leftMs: ms, condition: () => false, signal, isBackground: false })
    },
    until: (condition, leftMs, signal) =>
      moveTime(driver, { leftMs, condition, signal, isBackground: false }),
    untilInBackground: (condition, leftMs) =>
      moveTime(driver, { leftMs, condition, signal: undefined, isBackground: true }),
    hold: () => hold(driver),
    status: () => statusOf(driver),
    async [Symbol.asyncDispose]() {
      driver.isStopped = true
      driver.alarm.ring()
      await loop
    },
  }
}

function controlsOf(driver: DriverState): Pick<TimeDriver, 'pause' | 'resume' | 'speed'> {
  return {
    pause: () =>
      atQuiescence(driver, () => {
        driver.isPaused = true
      }),
    resume: () =>
      atQuiescence(driver, () => {
        if (driver.isPaused) anchorToWallTime(driver)
        driver.isPaused = false
        driver.failure = undefined
      }),
    speed: (factor) =>
      atQuiescence(driver, () => {
        if (!(factor > 0 && factor < Number.POSITIVE_INFINITY)) throw invalidSpeed(factor)
        driver.speed = factor
        anchorToWallTime(driver)
      }),
  }
}

function hold(driver: DriverState): Disposable {
  let isHeld = true
  driver.holds++
  return {
    [Symbol.dispose]() {
      if (!isHeld) return
      isHeld = false
      driver.holds--
      driver.alarm.ring()
    },
  }
}

function statusOf(driver: DriverState): TimeDriverStatus {
  const { virtual } = driver.options
  const isAdvancing = driver.timeRequests.length > 0
  const nextMs = virtual.nextTimerMs
  const isPacing = !driver.isPaused && !isAdvancing && nextMs !== undefined
  return {
    isPaused: driver.isPaused,
    isAdvancing,
    speed: driver.speed,
    nowMs: virtual.monotonicMs(),
    behindMs: isPacing ? Math.max(0, dueMs(driver) - nextMs) : 0,
    failure: driver.failure,
  }
}

function atQuiescence<T>(driver: DriverState, act: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    if (driver.isStopped) return reject(stopped())
    const run = () => {
      try {
        resolve(act())
      } catch (error) {
        reject(error)
      }
    }
    driver.queuedWork.push({ run, reject })
    driver.alarm.ring()
  })
}

function moveTime(
  driver: DriverState,
  wanted: Omit<TimeRequest, 'resolve' | 'reject'>,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (driver.isStopped) return reject(stopped())
    driver.timeRequests.push({ ...wanted, resolve, reject })
    driver.alarm.ring()
  })
}

/** Picks the request whose turn it is: the oldest, those in the background last. */
function nextTimeRequest({ timeRequests }: DriverState): TimeRequest | undefined {
  return timeRequests.find(({ isBackground }) => !isBackground) ?? timeRequests[0]
}

async function runLoop(driver: DriverState): Promise<void> {
  while (!driver.isStopped) {
    try {
      await runQueuedWork(driver)
      if (driver.holds > 0) {
        if (!hasQueuedWork(driver)) await driver.alarm.rest(undefined)
        // Wall time has gone on meanwhile, which nobody shall have to catch up with.
        anchorToWallTime(driver)
        continue
      }
      const request = nextTimeRequest(driver)
      if (request) await serveTimeRequest(driver, request)
      else if (driver.isPaused) await rest(driver, undefined)
      else await followWallTime(driver)
    } catch (error) {
      driver.isPaused = true
      driver.failure = error
      driver.options.onFailure(error)
    }
  }
  driver.entering.rejectAll(stopped())
  for (const { reject } of [...driver.queuedWork, ...driver.timeRequests]) reject(stopped())
}

async function runQueuedWork(driver: DriverState): Promise<void> {
  const { virtual } = driver.options
  while (hasWaitingWork(driver) && !driver.isStopped) {
    const follows = !driver.isPaused && driver.timeRequests.length === 0 && driver.holds === 0
    if (follows) await catchUp(driver, () => driver.holds > 0)
    const next = driver.queuedWork.shift()?.run ?? driver.entering.take()
    next?.()
    await virtual.settle()
  }
}

/** Moves time for a request until it is reached or work is queued; it goes on from there afterwards. */
async function serveTimeRequest(driver: DriverState, request: TimeRequest): Promise<void> {
  const { virtual } = driver.options
  let held = false
  const mayStop = () => {
    held = request.condition()
    return held || isInterrupted(driver) || nextTimeRequest(driver) !== request
  }
  request.untilMs ??= virtual.monotonicMs() + request.leftMs
  try {
    const leftMs = request.untilMs - virtual.monotonicMs()
    const mustWait = await virtual.until(mayStop, leftMs, request.signal)
    if (mustWait && !held) {
      if (nextTimeRequest(driver) !== request) interruptTimeRequest(request, virtual.monotonicMs())
      return
    }
    request.resolve(held)
  } catch (error) {
    request.reject(error)
  }
  driver.timeRequests.splice(driver.timeRequests.indexOf(request), 1)
  anchorToWallTime(driver)
}

/** Keeps what a request has left: time that others move by is not taken from it. */
function interruptTimeRequest(request: TimeRequest, nowMs: number): void {
  request.leftMs = (request.untilMs ?? nowMs) - nowMs
  delete request.untilMs
}

/** Catches up with wall time, then rests until the next timer is due. */
async function followWallTime(driver: DriverState): Promise<void> {
  const { virtual } = driver.options
  await catchUp(driver, () => isInterrupted(driver))
  if (driver.holds > 0) return
  const nextMs = virtual.nextTimerMs ?? Number.POSITIVE_INFINITY
  const restMs = (nextMs - dueMs(driver)) / driver.speed
  if (restMs > 0) await rest(driver, Math.min(restMs, longestRestMs))
}

/** Moves virtual time towards where it is due, for at most a slice of wall time. */
async function catchUp(driver: DriverState, mayStop: () => boolean): Promise<void> {
  const { virtual, wall } = driver.options
  const deadlineMs = wall.monotonicMs() + sliceMs
  const isEnough = () => mayStop() || wall.monotonicMs() > deadlineMs
  await virtual.until(isEnough, dueMs(driver) - virtual.monotonicMs())
}

/** Rests unless there is work already, for which nobody would ring again. */
async function rest(driver: DriverState, ms: number | undefined): Promise<void> {
  if (!hasQueuedWork(driver) && driver.timeRequests.length === 0) await driver.alarm.rest(ms)
}

function hasQueuedWork(driver: DriverState): boolean {
  return hasWaitingWork(driver) || driver.isStopped
}

/** Whether work waits that may enter at the next quiescent point. */
function hasWaitingWork({ queuedWork, entering }: DriverState): boolean {
  return queuedWork.length > 0 || entering.hasWaiting
}

/** Whether time may not go on moving, for now. */
function isInterrupted(driver: DriverState): boolean {
  return hasQueuedWork(driver) || driver.holds > 0
}

/** The virtual instant that belongs to this wall instant. */
function dueMs(driver: DriverState): number {
  const passedMs = driver.options.wall.monotonicMs() - driver.anchorWallMs
  return driver.anchorVirtualMs + passedMs * driver.speed
}

/** From here on, virtual time follows wall time from where both stand now. */
function anchorToWallTime(driver: DriverState): void {
  driver.anchorWallMs = driver.options.wall.monotonicMs()
  driver.anchorVirtualMs = driver.options.virtual.monotonicMs()
}

function stopped(): KnarrError {
  return new KnarrError('TimeDriverStopped', 'the simulation has been stopped')
}

function invalidSpeed(factor: number): KnarrError {
  return new KnarrError('InvalidSpeed', `${factor} is no speed`, { hint: 'Give more than 0.' })
}
