import type { Transport } from '#client'
import { aborted, type Clock, type LinkedAbort, linkedAbort } from '#lib'
import type { ContainerHarm, FaultState, FaultyNode } from './fault-state.ts'
import { createFreezer, type Freezer, freezableClock } from './freezer.ts'
import { createNodeLink, isWatch, type NodeLink } from './node-link.ts'

/** What a node runs on: what faults do beneath its kubelet. */
export interface NodeMachine {
  /** What this machine can bring about; `hung`, `partition` and `watchDelayMs` come by themselves. */
  readonly supports: readonly (keyof FaultState)[]
  /** Brings about the rest of a condition; called before any crash or start that it asks for. */
  become(condition: FaultState): Promise<void>
  /** The power goes: containers die where they stand. */
  crash(): Promise<void>
  /** Made ready for a kubelet again. */
  boot(): Promise<void>
  /** As in `FaultyNode`. */
  harm(podUid: string, container: string, how: ContainerHarm): boolean
}

/** What a kubelet must be run over, so that faults get at it. */
interface KubeletPorts {
  /** For `freezable(runtime, freezer)` and `freezable(network, freezer)`. */
  readonly freezer: Freezer
  readonly clock: Clock
  readonly link: NodeLink
}

export interface NodeHandleOptions {
  readonly name: string
  /** The node's own: skewed, where it can be. */
  readonly clock: Clock
  readonly machine: NodeMachine
  /** Runs kubelet and proxy until `signal` aborts; called again after every crash. */
  run(ports: KubeletPorts, signal: AbortSignal): Promise<void>
}

/** A node that runs, and that faults can be done to; the same in both worlds. */
export interface NodeHandle extends FaultyNode {
  readonly name: string
  /** Runs the node until `signal` aborts; rejects when its kubelet breaks by itself. */
  run(signal: AbortSignal): Promise<void>
}

/**
 * Makes a node that faults can be done to. `options.run` is called when the node runs and after every
 * crash, with ports through which it can be frozen, cut off and ended; conditions take effect one after
 * the other.
 */
export function createNodeHandle(options: NodeHandleOptions): NodeHandle {
  const { name, clock, machine } = options
  const freezer = createFreezer()
  const link = createNodeLink(clock, freezer)
  const kubelet = createKubeletRuns((signal) =>
    options.run(
      { freezer, clock: freezableClock(clock, freezer), link: mortalLink(link, signal) },
      signal,
    ),
  )
  let isCrashed = false
  let changing: Promise<void> = Promise.resolve()

  const become = async (condition: FaultState) => {
    link.partition(condition.partition)
    link.delayWatches(condition.watchDelayMs)
    await machine.become(condition)
    if (condition.crashed && !isCrashed) {
      kubelet.stop(new Error(`${name} is down`))
      freezer.thaw()
      await machine.crash()
    }
    if (!condition.crashed && isCrashed) {
      await kubelet.stopped()
      await machine.boot()
      kubelet.start()
    }
    isCrashed = condition.crashed
    if (condition.hung && !isCrashed) freezer.freeze()
    else freezer.thaw()
  }

  return {
    name,
    supports: new Set([...inherent, ...machine.supports]),
    become(condition) {
      const done = changing.then(() => become(condition))
      changing = done.catch(() => undefined)
      return done
    },
    harm: machine.harm,
    async run(signal) {
      try {
        await kubelet.run(signal)
      } finally {
        // Whatever waits is over as well; nothing of it may outlive the node.
        freezer.thaw()
        await kubelet.stopped()
      }
    },
  }
}

const inherent: readonly (keyof FaultState)[] = ['hung', 'partition', 'watchDelayMs']

interface KubeletRuns {
  /** Starts the first one; resolves when `signal` aborts, rejects when one fails by itself. */
  run(signal: AbortSignal): Promise<void>
  start(): void
  stop(reason: Error): void
  /** Resolves when none is running any more that was stopped. */
  stopped(): Promise<void>
}

/** One kubelet after the other. */
function createKubeletRuns(run: (signal: AbortSignal) => Promise<void>): KubeletRuns {
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  let life: AbortSignal | undefined
  let stopping: LinkedAbort | undefined
  let ended: Promise<void> = Promise.resolve()
  const start = () => {
    if (!life || life.aborted || stopping) return
    const doing = linkedAbort(life)
    stopping = doing
    ended = run(doing.signal)
      .catch((error) => {
        if (!doing.signal.aborted) broken.reject(error)
      })
      .finally(() => doing[Symbol.dispose]())
  }
  return {
    start,
    async run(signal) {
      life = signal
      start()
      await Promise.race([aborted(signal), broken.promise])
    },
    stop(reason) {
      stopping?.abort(reason)
      stopping = undefined
    },
    stopped: () => ended,
  }
}

/** A link over which nothing is said any more once `signal` aborts: dead kubelets do not write. */
function mortalLink(link: NodeLink, signal: AbortSignal): NodeLink {
  return {
    partition: link.partition,
    delayWatches: link.delayWatches,
    get reachesNode() {
      return link.reachesNode
    },
    over: (transport) => link.over(mortal(transport, signal)),
  }
}

function mortal(transport: Transport, life: AbortSignal): Transport {
  return {
    ...transport,
    send: (request, signal) => {
      if (life.aborted) return Promise.reject(life.reason)
      // All but watches are answered before anybody could die.
      return transport.send(request, isWatch(request) ? AbortSignal.any([signal, life]) : signal)
    },
  }
}
