import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { KnarrError } from '#lib'
import { type AnyFunction, replaceAmbient } from './ambient.ts'
import { blamed, framesBelow } from './caller.ts'
import { watchRealWork } from './real-work.ts'

/**
 * A guard proves that a simulation is closed: whatever runs inside, at once or later, that asks the machine
 * for time, chance or identity gets an error that names it, and so does whoever moves the clock. Inside
 * and outside are told apart by asynchronous context, so that the rest of the process (tests, a server,
 * other clusters) keeps its timers.
 */
export interface AmbientGuard extends Disposable {
  /**
   * Runs `work` inside, with everything that follows from it. Throws a leak that nobody was told of
   * yet, which is how one that a component swallowed stops the clock; `work` has then run. Never
   * throws in place of a promise.
   */
  run<T>(work: () => T): T
  /**
   * The same for a timer that fires: in the context in which the guard was opened, which costs a
   * fraction of making one that is only a little different for each.
   */
  readonly fire: (timer: () => void) => void
  /** All that was found, in order. Codes: `AmbientSource`, `RealWork`. */
  readonly leaks: readonly KnarrError[]
}

export interface GuardOptions {
  /**
   * Also finds real I/O and thread-pool work, after it started: it cannot be stopped any more, but
   * is named. Costs a call for each asynchronous resource of the process; for tests of determinism.
   */
  readonly isStrict?: boolean
}

interface Simulation {
  readonly isStrict: boolean
  readonly leaks: KnarrError[]
  /** Whoever moves the clock has not heard of these. */
  readonly untold: Set<unknown>
}

const simulations = new AsyncLocalStorage<Simulation>()

/** Opens a guard over a simulation; it is disposed when the simulation is over. */
export function createAmbientGuard(options: GuardOptions = {}): AmbientGuard {
  const simulation: Simulation = {
    isStrict: options.isStrict ?? false,
    leaks: [],
    untold: new Set(),
  }
  const context = simulations.run(simulation, () => new AsyncResource('Simulation'))
  const report = () => {
    for (const leak of simulation.untold) throw leak
  }
  const release = [ambient.hold(), ...(simulation.isStrict ? [realWork.hold()] : [])]
  return {
    run(work) {
      try {
        const result = simulations.run(simulation, work)
        // A promise hears of its own leaks, and must not be left without anybody who awaits it.
        if (result instanceof Promise) return result
        report()
        return result
      } catch (error) {
        simulation.untold.delete(error)
        throw error
      }
    },
    fire(timer) {
      try {
        context.runInAsyncScope(timer)
        if (simulation.untold.size > 0) report()
      } catch (error) {
        simulation.untold.delete(error)
        throw error
      }
    },
    leaks: simulation.leaks,
    [Symbol.dispose]() {
      for (const letGo of release.splice(0)) letGo()
    },
  }
}

/**
 * Runs a whole simulation under a guard. Rejects with the first leak, also when `work` came to an
 * end in spite of it; what `work` rejected with is then the cause.
 */
export async function runGuarded<T>(
  options: GuardOptions,
  work: (guard: AmbientGuard) => Promise<T>,
): Promise<T> {
  using guard = createAmbientGuard(options)
  const [outcome] = await Promise.allSettled([guard.run(async () => work(guard))])
  const [leak] = guard.leaks
  if (leak) throw outcome.status === 'rejected' ? becauseOf(outcome.reason, leak) : leak
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}

function becauseOf(cause: unknown, leak: KnarrError): KnarrError {
  if (cause === leak) return leak
  const { code, message, hint } = leak
  return new KnarrError(code, message, hint === undefined ? { cause } : { cause, hint })
}

/** Something of the whole process that is in place while anybody holds it. */
function shared(install: () => () => void): { hold(): () => void } {
  let holders = 0
  let remove = () => {}
  return {
    hold() {
      if (holders++ === 0) remove = install()
      return () => {
        if (--holders === 0) remove()
      }
    },
  }
}

const ambient = shared(() =>
  replaceAmbient((name: string, above: AnyFunction) => {
    const simulation = simulations.getStore()
    if (simulation) throw record(simulation, ambientLeak(name, framesBelow(above)))
  }),
)

const realWork = shared(() =>
  watchRealWork(
    () => simulations.getStore()?.isStrict === true,
    (type, frames) => {
      const simulation = simulations.getStore()
      if (simulation) record(simulation, realWorkLeak(type, frames))
    },
  ),
)

function record(simulation: Simulation, leak: KnarrError): KnarrError {
  simulation.leaks.push(leak)
  simulation.untold.add(leak)
  return leak
}

function ambientLeak(name: string, frames: readonly string[]): KnarrError {
  return new KnarrError('AmbientSource', `${name} was used in a simulation by ${blamed(frames)}`, {
    hint: 'Take a Clock or a Random (#lib); one that is already there may be the real one.',
  })
}

function realWorkLeak(type: string, frames: readonly string[]): KnarrError {
  return new KnarrError('RealWork', `${type} was started in a simulation by ${blamed(frames)}`, {
    hint: 'Virtual time does not wait for real I/O or threads. Go through a seam, or be synchronous.',
  })
}
