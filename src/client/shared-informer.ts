import { type Clock, messageOf, onAbort, type Random } from '#lib'
import { isNewer, type KubeObject, keyOf, type ResourceRef } from '#machinery'
import { isGone, isResourceExpired } from '#machinery/status'
import type { ListQuery, Reader, WatchEvent } from './contract/client.ts'
import type { Change, Informer, InformerOptions } from './informer.ts'
import { createObjectCache } from './object-cache.ts'

/** What an informer lists and watches with, and tells time by. */
export interface InformerWorld {
  readonly client: Reader
  readonly clock: Clock
  readonly random: Random
  /** Told of every failed list or watch; the informer itself just tries again. */
  readonly onError?: (resource: ResourceRef, message: string) => void
}

export interface RunnableInformer<T extends KubeObject> extends Informer<T> {
  run(signal: AbortSignal): Promise<void>
}

/** client-go's reflector: 800 ms doubling to 30 s, each delay up to twice as long by jitter. */
const firstDelayMs = 800
const longestDelayMs = 30_000

/**
 * List, then watch; on 410 list again; on any other failure wait, then go on from the last
 * resourceVersion seen. The states are the two lines of `run`.
 */
export function createInformer<T extends KubeObject>(
  world: InformerWorld,
  resource: ResourceRef<T>,
  options: InformerOptions<T> = {},
): RunnableInformer<T> {
  const { client, clock, random } = world
  const cache = createObjectCache<T>(options.indexes)
  const handlers = new Set<(change: Change<T>) => void>()
  const waiters = createWaiters()
  let resourceVersion: string | undefined
  let synced = false

  const publish = (change: Change<T> | undefined) => {
    if (change) for (const handler of handlers) handler(change)
  }
  const selection = selectionOf(options)

  /** Publishes what a list has that is news: it may be older than what a watch brought before. */
  const relist = async () => {
    const list = await client.list(resource, { ...selection, resourceVersion: '0' })
    const present = new Map(list.items.map((item) => [keyOf(item), item]))
    for (const key of cache.keys()) if (!present.has(key)) publish(cache.set(key, undefined))
    for (const [key, item] of present) {
      if (isNewer(item, cache.get(key))) publish(cache.set(key, item))
    }
    resourceVersion = list.resourceVersion
    synced = true
    waiters.wake()
  }

  const follow = async (signal: AbortSignal) => {
    const query = {
      ...selection,
      resourceVersion: resourceVersion ?? '',
      allowWatchBookmarks: true,
    }
    for await (const event of client.watch(resource, query, signal)) {
      resourceVersion = versionOf(event)
      if (event.type === 'BOOKMARK') continue
      const after = event.type === 'DELETED' ? undefined : event.object
      publish(cache.set(keyOf(event.object), after))
      waiters.wake()
    }
  }

  /** Resolves to why it ended; undefined when the server just ended the watch. */
  const listAndWatch = async (signal: AbortSignal): Promise<unknown> => {
    try {
      if (resourceVersion === undefined) await relist()
      await follow(signal)
      return undefined
    } catch (error) {
      if (isTooOld(error)) resourceVersion = undefined
      return error
    }
  }

  const informer: RunnableInformer<T> = {
    resource,
    get synced() {
      return synced
    },
    get resourceVersion() {
      return resourceVersion ?? ''
    },
    get: cache.get,
    list: cache.list,
    by: cache.by,
    addIndex: cache.addIndex,
    whenSynced: (signal) => waiters.until(() => synced, signal),
    until: waiters.until,
    subscribe(handler) {
      for (const after of cache.list()) handler({ after })
      handlers.add(handler)
      return { [Symbol.dispose]: () => void handlers.delete(handler) }
    },
    async run(signal) {
      let delayMs = firstDelayMs
      while (!signal.aborted) {
        const failure = await listAndWatch(signal)
        if (failure === undefined || isTooOld(failure) || signal.aborted) {
          delayMs = firstDelayMs
          continue
        }
        world.onError?.(resource, messageOf(failure))
        await clock.sleep(delayMs * (1 + random.next()), signal).catch(() => undefined)
        delayMs = Math.min(longestDelayMs, delayMs * 2)
      }
    },
  }
  return informer
}

function isTooOld(error: unknown): boolean {
  return isGone(error) || isResourceExpired(error)
}

function selectionOf({
  namespace,
  labelSelector,
  fieldSelector,
}: InformerOptions<never>): ListQuery {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  }
}

function versionOf(event: WatchEvent<KubeObject>): string {
  return event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion
}

interface Waiter {
  readonly condition: () => boolean
  readonly resolve: () => void
}

function createWaiters() {
  const waiters = new Set<Waiter>()
  return {
    wake() {
      for (const waiter of waiters) {
        if (!waiter.condition()) continue
        waiters.delete(waiter)
        waiter.resolve()
      }
    },
    until(condition: () => boolean, signal: AbortSignal): Promise<void> {
      if (condition()) return Promise.resolve()
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const waiter: Waiter = {
          condition,
          resolve: () => {
            watched[Symbol.dispose]()
            resolve()
          },
        }
        const watched = onAbort(signal, () => {
          waiters.delete(waiter)
          reject(signal.reason)
        })
        waiters.add(waiter)
      })
    },
  }
}
