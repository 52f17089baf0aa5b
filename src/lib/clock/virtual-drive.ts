import { AsyncResource } from 'node:async_hooks'

/**
 * What moves a virtual clock: runs ready work piece by piece, every promise chain drained between
 * two, and lets time jump only when nothing is ready.
 */
export type Drive = (goal: {
  /** Time goes no further than this for this goal. */
  readonly untilMs: number
  /** Asked whenever nothing is ready; the goal is reached when it holds. It only looks. */
  readonly condition?: () => boolean
  readonly signal?: AbortSignal | undefined
}) => Promise<boolean>

/** What came of looking for a piece of work: after input from outside, its answer is to be sent at once. */
type RunOne = 'none' | 'ran' | 'input'

export interface DriveParts {
  nowMs(): number
  nextTimerMs(): number | undefined
  jump(toMs: number): void
  /** Runs one piece of work that is ready now, if there is any. */
  runOne(): RunOne
}

interface Goal {
  readonly untilMs: number
  /** Whether it is over: done, failed or aborted. Told at quiescence only. */
  readonly isOver: () => boolean
  readonly resolve: (held: boolean) => void
  readonly reject: (reason: unknown) => void
}

const smallestBatch = 4
/** Bounds how long other work of the process (a served request) waits for the event loop. */
const largestBatch = 256

export function createDrive(parts: DriveParts): Drive {
  const goals: Goal[] = []
  const endAll = (end: (goal: Goal) => void) => goals.splice(0).forEach(end)

  /** Takes out the goals that are over. False if what follows from that must run first. */
  const mayTimeMove = () => {
    const asked = goals.length
    let kept = 0
    for (let at = 0; at < asked; at++) {
      const goal = goals[at] as Goal
      if (!goal.isOver()) goals[kept++] = goal
    }
    // A condition may itself have asked for more.
    const isQuiet = kept === asked && goals.length === asked
    if (kept < asked) goals.splice(kept, asked - kept)
    return isQuiet
  }

  const runOne = (): RunOne => {
    try {
      return parts.runOne()
    } catch (error) {
      endAll((goal) => goal.reject(error))
      return 'ran'
    }
  }
  /** Runs one piece of what is ready; where nothing is, the first of the next instant. */
  const step = (): RunOne => {
    const ran = runOne()
    if (ran !== 'none' || !mayTimeMove()) return ran
    const toMs = nextStopMs(goals, parts)
    if (toMs === Number.POSITIVE_INFINITY) {
      endAll((goal) => goal.resolve(false))
      return 'none'
    }
    parts.jump(toMs)
    return runOne()
  }
  const wake = stepper(step, () => goals.length > 0)

  return ({ untilMs, condition, signal }) =>
    new Promise((resolve, reject) => {
      // Several goals share one drive, but each asks in the asynchronous context that it came from.
      const context = condition && new AsyncResource('Goal')
      const isOver = () => {
        try {
          signal?.throwIfAborted()
          const holds = (condition && context?.runInAsyncScope(condition)) ?? false
          if (holds || parts.nowMs() >= untilMs) resolve(holds)
          return holds || parts.nowMs() >= untilMs
        } catch (error) {
          reject(error)
          return true
        }
      }
      goals.push({ untilMs, isOver, resolve, reject })
      wake()
    })
}

/** The next timer, or where the first goal ends when that comes before; infinite if neither comes. */
function nextStopMs(goals: readonly Goal[], parts: DriveParts): number {
  let toMs = parts.nextTimerMs() ?? Number.POSITIVE_INFINITY
  for (const { untilMs } of goals) toMs = Math.min(toMs, untilMs)
  return toMs
}

// Captured before a simulation's guard replaces it: these are the macrotasks a simulation needs.
const setImmediateOfNode = globalThis.setImmediate

const steps = new WeakSet<object>()

/** Whether a callback is one of those macrotasks, which a guard lets pass. */
export function isClockStep(callback: unknown): boolean {
  return typeof callback === 'function' && steps.has(callback)
}

/**
 * Calls `step` while `isWanted`, once per immediate. Node drains every microtask and tick between
 * two immediates of one round of its event loop, so a round may hold many: that makes a step cost a
 * tenth of what a round for each would. After input the round does no more, and the next are short ones:
 * whoever waits for an answer gets it, and may go on.
 */
function stepper(step: () => RunOne, isWanted: () => boolean): () => void {
  let queued = 0
  let batch = smallestBatch
  let isRoundOver = false
  const schedule = () => {
    queued = batch
    for (let i = 0; i < queued; i++) setImmediateOfNode(run)
  }
  const run = () => {
    queued--
    if (!isWanted()) {
      batch = smallestBatch
      isRoundOver = false
      return
    }
    if (!isRoundOver) isRoundOver = step() === 'input'
    if (queued > 0) return
    batch = isRoundOver ? smallestBatch : Math.min(batch * 2, largestBatch)
    isRoundOver = false
    schedule()
  }
  steps.add(run)
  return () => {
    if (queued === 0) schedule()
  }
}
