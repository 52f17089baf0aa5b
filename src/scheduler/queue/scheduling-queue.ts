import { onAbort } from '#lib'
import type { Trigger } from '#machinery'
import type { ClusterEvent } from '../model/cluster-event.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { defaultBackoff, isBackingOff } from './backoff.ts'
import { watchLeftovers } from './leftovers.ts'
import { createPlaces, type PlacesOptions } from './places.ts'
import { newQueuedPod, type QueuedPod } from './queued-pod.ts'

/** How an attempt ended: these plugins rejected every node, or something went wrong. */
export type Setback =
  | { readonly kind: 'unschedulable'; readonly rejectors: ReadonlySet<string> }
  | { readonly kind: 'error' }

/**
 * Pods that wait for a node, in upstream's three places: ready to be scheduled, backing off after a
 * failure, and unschedulable until something happens that may help. A pod that backs off after it
 * was unschedulable is taken early when nobody else is ready; one that met an error is not.
 */
export interface SchedulingQueue {
  add(info: PodInfo, trigger: Trigger): void
  /** A waiting pod changed; an unknown one is added. */
  update(before: PodInfo, after: PodInfo, trigger: Trigger): void
  delete(uid: string): void
  /** The next pod; it is out of the queue until `putBack`. */
  pop(): QueuedPod | undefined
  /** Resolves once `pop` has something to give. One waiter at a time. */
  whenReady(signal: AbortSignal): Promise<void>
  putBack(pod: QueuedPod, setback: Setback): void
  /** Queues the unschedulable pods that the event may help, except one. */
  happened(event: ClusterEvent, trigger: Trigger, except?: string): void
  /** Queues a pod that a gate held back, now that the gate is open. */
  ungate(uid: string, plugin: string, trigger: Trigger): void
  /** Queues an unschedulable pod whatever its plugins hope for. */
  retry(uid: string, trigger: Trigger): void
  /** Cancels all timers. */
  close(): void
}

export type SchedulingQueueOptions = Omit<PlacesOptions, 'ready' | 'backoff'> &
  Partial<Pick<PlacesOptions, 'backoff'>>

export function createSchedulingQueue(options: SchedulingQueueOptions): SchedulingQueue {
  const { clock, backoff = defaultBackoff } = options
  const waiter = createWaiter()
  const places = createPlaces({ ...options, backoff, ready: waiter.wake })
  const pods = new Map<string, QueuedPod>()
  const hints = new Map(options.plugins.map(({ name, mayHelp }) => [name, mayHelp]))
  let serial = 0

  const requeue = (pod: QueuedPod, trigger: Trigger) => {
    pod.trigger = trigger
    if (isBackingOff(pod, backoff, clock.monotonicMs())) places.holdBack(pod)
    else places.activate(pod)
  }
  const leftovers = watchLeftovers(clock, places.unschedulable, requeue)
  const mayHelp = (pod: QueuedPod, event: ClusterEvent) => {
    for (const plugin of pod.rejectors) if (hints.get(plugin)?.(event, pod.info)) return true
    return false
  }
  const add = (info: PodInfo, trigger: Trigger) => {
    if (pods.has(info.uid)) return
    const pod = newQueuedPod(info, { serial: serial++, nowMs: clock.monotonicMs(), trigger })
    pods.set(info.uid, pod)
    places.activate(pod)
  }

  return {
    add,
    update(before, after, trigger) {
      const pod = pods.get(after.uid)
      if (!pod) return add(after, trigger)
      pod.info = after
      if (pod.place !== 'unschedulable') return
      if (mayHelp(pod, { kind: 'self', before, after })) requeue(pod, trigger)
    },
    delete(uid) {
      const pod = pods.get(uid)
      if (pod) places.leave(pod)
      pods.delete(uid)
    },
    pop() {
      const pod = places.pop()
      if (!pod) return undefined
      pods.delete(pod.info.uid)
      pod.backoffUntilMs = 0
      return pod
    },
    whenReady: (signal) => (places.hasReady ? Promise.resolve() : waiter.wait(signal)),
    putBack(pod, setback) {
      if (pods.has(pod.info.uid)) return
      pods.set(pod.info.uid, pod)
      pod.queuedAtMs = clock.monotonicMs()
      if (setback.kind === 'error') {
        pod.errorCount++
        pod.rejectors = new Set()
        requeue(pod, { kind: 'timer', purpose: 'back-off after a failed attempt to schedule' })
        return
      }
      pod.errorCount = 0
      pod.unschedulableCount++
      pod.rejectors = setback.rejectors
      places.park(pod)
      leftovers.arm()
    },
    happened(event, trigger, except) {
      for (const pod of [...places.unschedulable.values()]) {
        if (pod.info.uid !== except && mayHelp(pod, event)) requeue(pod, trigger)
      }
    },
    ungate(uid, plugin, trigger) {
      const pod = places.unschedulable.get(uid)
      if (pod?.gatedBy === plugin) requeue(pod, trigger)
    },
    retry(uid, trigger) {
      const pod = places.unschedulable.get(uid)
      if (pod) requeue(pod, trigger)
    },
    close() {
      places.close()
      leftovers.cancel()
    },
  }
}

function createWaiter() {
  let wake = () => {}
  return {
    wake: () => wake(),
    wait: (signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const watched = onAbort(signal, () => reject(signal.reason))
        wake = () => {
          watched[Symbol.dispose]()
          wake = () => {}
          resolve()
        }
      }),
  }
}
