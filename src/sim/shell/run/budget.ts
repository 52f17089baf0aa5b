import type { ShellState } from './state.ts'

/** Steps that a shell may take at one instant after it was idle. */
const burst = 50_000
/** Steps that a millisecond of time is worth. */
const stepsPerMs = 20
/** How long a busy shell is made to wait: what it then may do is worth a wake-up. */
const waitMs = 100
/** A shell that computes for longer than this has nothing to show: it gets less, and less often. */
const patienceMs = 10_000
const laterStepsPerMs = 1
const laterWaitMs = 1000

/**
 * What a shell computes takes no time, up to a limit: an endless loop would never let time go by.
 * Beyond it steps cost time, and few enough of them to make a busy container cheap to simulate.
 */
export class Budget {
  private readonly state: ShellState
  private nowMs: number
  /** The steps that were taken since this process was started or loaded. */
  spent = 0

  constructor(state: ShellState) {
    this.state = state
    this.nowMs = state.budget.atMs
  }

  /** A full budget. */
  static full(atMs: number): ShellState['budget'] {
    return { atMs, left: burst }
  }

  refill(nowMs: number): void {
    const { budget } = this.state
    const { atMs, left } = budget
    this.nowMs = nowMs
    if (nowMs <= atMs) return
    const rate = this.isBusyForLong ? laterStepsPerMs : stepsPerMs
    if (left > 0) delete budget.busySinceMs
    else budget.busySinceMs ??= atMs
    budget.atMs = nowMs
    budget.left = Math.min(burst, left + (nowMs - atMs) * rate)
  }

  /** False: the time must go by until `nextMs` first. */
  spend(steps: number): boolean {
    const { budget } = this.state
    if (budget.left <= 0) return false
    budget.left -= steps
    this.spent += steps
    return true
  }

  private get isBusyForLong(): boolean {
    const { busySinceMs } = this.state.budget
    return busySinceMs !== undefined && this.nowMs - busySinceMs > patienceMs
  }

  get nextMs(): number {
    return this.nowMs + (this.isBusyForLong ? laterWaitMs : waitMs)
  }
}
