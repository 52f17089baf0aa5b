import type { Clock } from '#lib'
import type { Plugin, PluginRejection } from '../framework/plugin.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { type BackoffLimits, backoffUntil, isBackingOff, releaseMs } from './backoff.ts'
import { createEarliestTimer } from './earliest-timer.ts'
import { createPodHeap, type PodHeap } from './pod-heap.ts'
import type { QueuedPod, QueueName } from './queued-pod.ts'

export interface QueuesOptions {
  readonly clock: Clock
  readonly plugins: readonly Plugin[]
  /** Keeps a pod out of the active queue (upstream: the PreEnqueue plugins). */
  readonly gate: (pod: PodInfo) => PluginRejection | undefined
  readonly backoff: BackoffLimits
  /** Called when a pod has become active. */
  readonly ready: () => void
  /** Called when a pod has come into a queue because of an event. */
  readonly incoming?: (queue: QueueName, event: string) => void
}

/**
 * The queues in which pods wait (upstream: activeQ, backoffQ and unschedulablePods), and the moves between
 * them. A pod is in one of them at a time.
 */
export interface Queues {
  /** Moves the pod to the active queue, or to the unschedulable pods if a PreEnqueue plugin holds it. */
  moveToActive(pod: QueuedPod, event: string): void
  /** Moves the pod to the back-off queue, or likewise to the unschedulable pods. */
  moveToBackoff(pod: QueuedPod, event: string): void
  /** Moves the pod to the unschedulable pods. */
  addUnschedulable(pod: QueuedPod, event: string): void
  remove(pod: QueuedPod): void
  /** Takes the next active pod, or else one that backs off because it was unschedulable. */
  pop(): QueuedPod | undefined
  readonly hasReady: boolean
  /** The unschedulable pods by uid, in the order in which they came to be that. */
  readonly unschedulable: ReadonlyMap<string, QueuedPod>
  /** How many pods wait, by upstream's names of the queues. */
  pending(): Readonly<Record<string, number>>
  close(): void
}

export function createQueues(options: QueuesOptions): Queues {
  const { clock, backoff: limits } = options
  const heaps = createHeaps(options)
  const unschedulable = new Map<string, QueuedPod>()

  const addUnschedulable = (pod: QueuedPod, event: string) => {
    pod.queue = 'unschedulable'
    unschedulable.set(pod.info.uid, pod)
    options.incoming?.('unschedulable', event)
  }
  const remove = (pod: QueuedPod) => {
    if (pod.queue === 'unschedulable') unschedulable.delete(pod.info.uid)
    else if (pod.queue !== 'none') heaps[pod.queue].remove(pod)
    pod.queue = 'none'
  }
  const move = (pod: QueuedPod, heap: PodHeap, event: string) => {
    remove(pod)
    const rejection = options.gate(pod.info)
    pod.gatedBy = rejection?.plugin
    if (rejection) {
      pod.rejectors = new Set([...pod.rejectors, rejection.plugin])
      return addUnschedulable(pod, event)
    }
    heap.push(pod)
    options.incoming?.(pod.queue, event)
    options.ready()
  }
  const moveToActive = (pod: QueuedPod, event: string) => move(pod, heaps.active, event)

  const release = (heap: PodHeap) => {
    for (let pod = heap.peek(); pod; pod = heap.peek()) {
      if (isBackingOff(pod, limits, clock.monotonicMs())) {
        return releases.arm(releaseMs(pod, limits))
      }
      moveToActive(pod, 'BackoffComplete')
    }
  }
  const releases = createEarliestTimer(clock, () => {
    release(heaps.backoff)
    release(heaps['error-backoff'])
  })

  return {
    moveToActive,
    addUnschedulable,
    remove,
    moveToBackoff(pod, event) {
      // Nobody rejected it, so it met an error: then it is not taken early.
      move(pod, heaps[pod.rejectors.size === 0 ? 'error-backoff' : 'backoff'], event)
      if (pod.queue !== 'unschedulable') releases.arm(releaseMs(pod, limits))
    },
    pop() {
      const active = heaps.active.pop()
      if (active) return active
      const early = heaps.backoff.pop()
      if (early) options.incoming?.('active', 'PopFromBackoffQ')
      return early
    },
    get hasReady() {
      return (heaps.active.peek() ?? heaps.backoff.peek()) !== undefined
    },
    unschedulable,
    pending() {
      const gated = [...unschedulable.values()].filter(({ gatedBy }) => gatedBy !== undefined)
      return {
        active: heaps.active.size,
        backoff: heaps.backoff.size + heaps['error-backoff'].size,
        unschedulable: unschedulable.size - gated.length,
        gated: gated.length,
      }
    },
    close: releases.cancel,
  }
}

function createHeaps({ plugins, backoff: limits }: QueuesOptions) {
  const compare = plugins.find((plugin) => plugin.compare)?.compare
  const goesBefore = (a: QueuedPod, b: QueuedPod) => (compare?.(a, b) || a.serial - b.serial) < 0
  const endsBefore = (a: QueuedPod, b: QueuedPod) => {
    const difference = backoffUntil(a, limits) - backoffUntil(b, limits)
    return difference === 0 ? goesBefore(a, b) : difference < 0
  }
  return {
    active: createPodHeap('active', goesBefore),
    backoff: createPodHeap('backoff', endsBefore),
    'error-backoff': createPodHeap('error-backoff', endsBefore),
  }
}
