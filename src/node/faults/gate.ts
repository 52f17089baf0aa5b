import { type Clock, sleepOn } from '#lib'

/** Holds back whoever comes while it is closed: a process that has been stopped, not ended. */
export interface Gate {
  readonly isClosed: boolean
  close(): void
  /** Lets those who wait through, in the order in which they came. */
  open(): void
  passed(): Promise<void>
  /** Runs `work` now, or when the gate opens. */
  pass(work: () => void): void
}

export function createGate(): Gate {
  let isClosed = false
  let waiting: (() => void)[] = []
  const pass = (work: () => void) => {
    if (isClosed) waiting.push(work)
    else work()
  }
  return {
    get isClosed() {
      return isClosed
    },
    close() {
      isClosed = true
    },
    open() {
      isClosed = false
      const held = waiting
      waiting = []
      for (const work of held) pass(work)
    },
    passed: () => (isClosed ? new Promise<void>((resolve) => pass(resolve)) : Promise.resolve()),
    pass,
  }
}

/** A clock whose timers wait at the gate: to a stopped process no time passes. */
export function gatedClock(clock: Clock, gate: Gate): Clock {
  const gated: Clock = {
    ...skipping(clock),
    timer: (afterMs, fire) => new GatedTimer(clock, gate, afterMs, fire),
    sleep: (ms, signal) => sleepOn(gated, ms, signal),
    turn: () => clock.turn().then(() => waitAt(gate)),
  }
  return gated
}

class GatedTimer implements Disposable {
  readonly #timer: Disposable
  #isLive = true

  constructor(clock: Clock, gate: Gate, afterMs: number, fire: () => void) {
    const fireIfLive = () => {
      if (this.#isLive) fire()
    }
    this.#timer = clock.timer(afterMs, () => gate.pass(fireIfLive))
  }

  [Symbol.dispose](): void {
    this.#isLive = false
    this.#timer[Symbol.dispose]()
  }
}

/** Nothing to wait for where the gate is open, which it nearly always is. */
export function waitAt(gate: Gate): Promise<void> | undefined {
  return gate.isClosed ? gate.passed() : undefined
}

const skipping = (clock: Clock): Pick<Clock, 'monotonicMs' | 'wallMs'> => ({
  monotonicMs: () => clock.monotonicMs(),
  wallMs: () => clock.wallMs(),
})
