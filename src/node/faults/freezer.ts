import { type Clock, sleepOn } from '#lib'

/** Holds back what a process does while it is frozen: stopped, not ended (cgroups' freezer). */
export interface Freezer {
  readonly isFrozen: boolean
  freeze(): void
  /** Lets those who wait go on, in the order in which they came. */
  thaw(): void
  /** Resolves at once, or when it thaws. */
  thawed(): Promise<void>
  /** Runs `work` now, or when it thaws. */
  run(work: () => void): void
}

export function createFreezer(): Freezer {
  let isFrozen = false
  let waiting: (() => void)[] = []
  const run = (work: () => void) => {
    if (isFrozen) waiting.push(work)
    else work()
  }
  return {
    get isFrozen() {
      return isFrozen
    },
    freeze() {
      isFrozen = true
    },
    thaw() {
      isFrozen = false
      const held = waiting
      waiting = []
      for (const work of held) run(work)
    },
    thawed: () => (isFrozen ? new Promise<void>((resolve) => run(resolve)) : Promise.resolve()),
    run,
  }
}

/** A clock whose timers wait while the process is frozen: no time passes for it. */
export function freezableClock(clock: Clock, freezer: Freezer): Clock {
  const freezable: Clock = {
    ...skipping(clock),
    timer: (afterMs, fire) => new FreezableTimer(clock, freezer, afterMs, fire),
    sleep: (ms, signal) => sleepOn(freezable, ms, signal),
    turn: () => clock.turn().then(() => whenThawed(freezer)),
  }
  return freezable
}

class FreezableTimer implements Disposable {
  readonly #timer: Disposable
  #isLive = true

  constructor(clock: Clock, freezer: Freezer, afterMs: number, fire: () => void) {
    const fireIfLive = () => {
      if (this.#isLive) fire()
    }
    this.#timer = clock.timer(afterMs, () => freezer.run(fireIfLive))
  }

  [Symbol.dispose](): void {
    this.#isLive = false
    this.#timer[Symbol.dispose]()
  }
}

/** What to wait for before going on; undefined where nothing is frozen, which is nearly always. */
export function whenThawed(freezer: Freezer): Promise<void> | undefined {
  return freezer.isFrozen ? freezer.thawed() : undefined
}

const skipping = (clock: Clock): Pick<Clock, 'monotonicMs' | 'wallMs'> => ({
  monotonicMs: () => clock.monotonicMs(),
  wallMs: () => clock.wallMs(),
})
