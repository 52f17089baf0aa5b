import type { Change, EventRecorder } from '#client'
import {
  createWorkQueue,
  createWorkQueueMetrics,
  type Logger,
  type MetricRegistry,
  messageOf,
  onAbort,
  TerminalError,
  type WorkQueue,
} from '#lib'
import {
  type Cause,
  type ChangeTrigger,
  groupResourceOf,
  type KubeObject,
  keyOf,
  type ResourceRef,
  type Trigger,
} from '#machinery'
import type {
  Controller,
  ControllerContext,
  ControllerLoop,
  WatchedResource,
} from './controller.ts'
import { createOwnWrites, type OwnWrites } from './own-writes.ts'
import { createPace, type Pace } from './pace.ts'
import { queueNameOf } from './queue-names.ts'

/** What all controllers of one process share; each gets its own log, randomness and event source. */
export interface ControllerWorld extends Omit<ControllerContext, 'events'> {
  readonly recorder: (component: string) => EventRecorder
  /** Where the queues are counted; default: nowhere. */
  readonly metrics?: MetricRegistry
}

/**
 * Runs controllers over one context until `signal` aborts: subscribes their watches, waits for the
 * caches, then lets each controller's workers reconcile key after key.
 */
export async function runControllers(
  controllers: readonly Controller[],
  world: ControllerWorld,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(controllers.map((controller) => runController(controller, world, signal)))
}

async function runController(
  controller: Controller,
  world: ControllerWorld,
  signal: AbortSignal,
): Promise<void> {
  const log = world.log.with({ controller: controller.name })
  const random = world.random.fork(controller.name)
  const events = world.recorder(controller.eventSource ?? `${controller.name}-controller`)
  const context: ControllerContext = { ...world, log, random, events }
  const loop = controller.start(context)
  const { metrics, clock } = world
  const counted = metrics && createWorkQueueMetrics(metrics, queueNameOf(controller.name), clock)
  const queue = createWorkQueue(context.clock, undefined, counted)
  const triggers = new Map<string, Trigger>()
  const timers = new Map<string, Trigger>()
  const pace = createPace()
  const ownWrites = createOwnWrites()
  const subscriptions = new Set<Disposable>()
  using _subscribed = {
    [Symbol.dispose]() {
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
    },
  }
  const watch = (watched: WatchedResource<never>) => {
    const informer = context.informers.informer(watched.resource as ResourceRef)
    const { keys, afterMs } = watched as unknown as WatchedResource
    const onChange = (change: Change<KubeObject>) => {
      const leastMs = afterMs?.(change) ?? 0
      for (const key of keys(change)) {
        const enqueue = () => {
          triggers.set(key, triggerOf(watched.resource, change))
          queue.addAfter(key, Math.max(leastMs, pace.waitMs(key, context.clock.monotonicMs())))
        }
        ownWrites.event(key, { resourceVersion: change.after?.metadata.resourceVersion, enqueue })
      }
    }
    const subscription = informer.subscribe(onChange)
    subscriptions.add(subscription)
    return {
      informer,
      [Symbol.dispose]() {
        subscriptions.delete(subscription)
        subscription[Symbol.dispose]()
      },
    }
  }
  const informers = loop.watches.map((watched) => watch(watched).informer)
  try {
    for (const informer of informers) await informer.whenSynced(signal)
  } catch {
    return // Stopped before it began.
  }
  using _closing = onAbort(signal, () => queue.close())
  if (signal.aborted) queue.close()
  const worker: Worker = {
    ...{ controller, loop, context, queue, triggers, timers, pace, ownWrites, log, watch },
  }
  await Promise.all([
    ...Array.from({ length: controller.workers }, () => work(worker, signal)),
    runBackground(worker, signal),
  ])
}

interface Worker {
  readonly controller: Controller
  readonly loop: ControllerLoop
  readonly context: ControllerContext
  readonly queue: WorkQueue
  readonly triggers: Map<string, Trigger>
  /** What a key's timer was set for; news of the key come first. */
  readonly timers: Map<string, Trigger>
  readonly pace: Pace
  readonly ownWrites: OwnWrites
  readonly log: Logger
  readonly watch: (watched: WatchedResource<never>) => Disposable
}

async function runBackground(worker: Worker, signal: AbortSignal): Promise<void> {
  const actor = `controller/${worker.controller.name}`
  const cause: Cause = { actor, trigger: { kind: 'timer', purpose: 'periodic scan' } }
  const client = worker.context.client.because(cause)
  try {
    await worker.loop.background?.({ ...worker.context, client, watch: worker.watch }, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function work(worker: Worker, signal: AbortSignal): Promise<void> {
  const { queue, pace } = worker
  const { clock } = worker.context
  for (;;) {
    const key = await queue.take()
    if (key === undefined) return
    await clock.turn()
    const waitMs = pace.waitMs(key, clock.monotonicMs())
    if (waitMs > 0) {
      // It changed again while it was reconciled.
      queue.done(key)
      queue.addAfter(key, waitMs)
      continue
    }
    if (!signal.aborted) await reconcileOnce(worker, key, signal)
    pace.reconciled(key, clock.monotonicMs())
    queue.done(key)
  }
}

async function reconcileOnce(worker: Worker, key: string, signal: AbortSignal): Promise<void> {
  const { controller, loop, context, queue, triggers, timers, ownWrites, log } = worker
  const trigger = triggers.get(key) ?? timers.get(key) ?? againAt(key)
  triggers.delete(key)
  timers.delete(key)
  const cause: Cause = { actor: `controller/${controller.name}`, trigger }
  const client = context.client.because(cause, (object) => ownWrites.wrote(key, object))
  ownWrites.begin(key)
  try {
    const result = await loop.reconcile(key, { ...context, client, signal })
    ownWrites.end(key, 'succeeded')
    queue.forget(key)
    if (result) {
      timers.set(key, againAt(key, originOf(trigger)))
      queue.addAfter(key, result.againInMs)
    }
  } catch (error) {
    ownWrites.end(key, 'failed')
    if (signal.aborted) return
    if (error instanceof TerminalError) {
      log.error('gave up on a key', { key, error: error.message })
      queue.forget(key)
      return
    }
    log.warn('will try a key again', { key, error: messageOf(error) })
    if (!triggers.has(key)) triggers.set(key, trigger)
    queue.addRateLimited(key)
  }
}

function againAt(key: string, setBy?: ChangeTrigger): Trigger {
  return { kind: 'timer', purpose: `another look at ${key}`, ...(setBy ? { setBy } : {}) }
}

function originOf(trigger: Trigger): ChangeTrigger | undefined {
  if (trigger.kind === 'change') return trigger
  return trigger.kind === 'timer' ? trigger.setBy : undefined
}

function triggerOf(resource: ResourceRef, change: Change<KubeObject>): Trigger {
  const object = change.after ?? change.before
  if (!object) return { kind: 'timer', purpose: 'resync' }
  return {
    kind: 'change',
    resource: groupResourceOf(resource),
    key: keyOf(object),
    resourceVersion: object.metadata.resourceVersion,
  }
}
