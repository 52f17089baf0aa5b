import type { LoadCounts, RequestLoad, TimeDriver } from '#sim'
import { type LoadSpec, type LoadWorld, type RunningLoad, startLoad } from './start-load.ts'

/** An input that starts or stops a load. */
export type LoadInput =
  /** Clients begin to send requests. */
  | { readonly kind: 'load'; readonly id: number; readonly spec: LoadSpec }
  /** They send no more, and perhaps give up on what is under way. */
  | { readonly kind: 'unload'; readonly id: number; readonly givesUp: boolean }

/** The loads of a cluster, which begin and end at quiescent points as all inputs do. */
export interface Loads {
  start(id: number, spec: LoadSpec): RunningLoad
  stop(id: number, givesUp: boolean): Promise<void>
  readonly running: readonly RunningLoad[]
}

interface Held {
  readonly handle: RunningLoad
  load?: RequestLoad
}

const none: LoadCounts = {
  ended: { answered: 0, refused: 0, reset: 0, timeout: 0, noRoute: 0, unknownHost: 0 },
  succeeded: 0,
  sentTo: { ready: 0, notReady: 0, terminating: 0, stopped: 0 },
  answeredBy: {},
}

/** Makes the loads of a cluster; `write` records each start and stop. */
export function createLoads(
  world: LoadWorld,
  timeDriver: TimeDriver,
  write: (input: LoadInput) => void,
): Loads {
  const held = new Map<number, Held>()
  /** Whoever asks does not wait; it fails only when the simulation ends first. */
  const enter = (work: () => void) => timeDriver.enter(async () => work()).catch(() => undefined)
  const stop = (id: number, givesUp: boolean) =>
    enter(() => {
      const { load } = held.get(id) ?? {}
      if (!load) return
      held.delete(id)
      write({ kind: 'unload', id, givesUp })
      if (givesUp) load[Symbol.dispose]()
      else void load.stop()
    })
  return {
    start(id, spec) {
      const entry: Held = {
        handle: handleOf(
          () => entry.load,
          (givesUp) => void stop(id, givesUp),
        ),
      }
      held.set(id, entry)
      void enter(() => {
        write({ kind: 'load', id, spec })
        entry.load = startLoad(world, id, spec)
      })
      return entry.handle
    },
    stop,
    get running() {
      return [...held.values()].map(({ handle }) => handle)
    },
  }
}

function handleOf(
  load: () => RequestLoad | undefined,
  end: (givesUp: boolean) => void,
): RunningLoad {
  return {
    get counts() {
      return load()?.counts() ?? none
    },
    get records() {
      return load()?.records() ?? []
    },
    stop: () => end(false),
    [Symbol.dispose]: () => end(true),
  }
}
