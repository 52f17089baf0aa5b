import type { Clock } from '#lib'
import type { Plugin, PluginRejection } from '../framework/plugin.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { type BackoffLimits, backoffUntil, isBackingOff, releaseMs } from './backoff.ts'
import { createEarliestTimer } from './earliest-timer.ts'
import { createPodHeap, type PodHeap } from './pod-heap.ts'
import type { QueuedPod } from './queued-pod.ts'

export interface QueuesOptions {
  readonly clock: Clock
  readonly plugins: readonly Plugin[]
  /** Keeps a pod out of the active queue (upstream: the PreEnqueue plugins). */
  readonly gate: (pod: PodInfo) => PluginRejection | undefined
  readonly backoff: BackoffLimits
  /** Called when a pod has become active. */
  readonly ready: () => void
}

/**
 * The queues in which pods wait (upstream: activeQ, backoffQ and unschedulablePods), and the moves between
 * them. A pod is in one of them at a time.
 */
export interface Queues {
  /** Moves the pod to the active queue, or to the unschedulable pods if a PreEnqueue plugin holds it. */
  moveToActive(pod: QueuedPod): void
  /** Moves the pod to the back-off queue, or likewise to the unschedulable pods. */
  moveToBackoff(pod: QueuedPod): void
  /** Moves the pod to the unschedulable pods. */
  addUnschedulable(pod: QueuedPod): void
  remove(pod: QueuedPod): void
  /** Takes the next active pod, or else one that backs off because it was unschedulable. */
  pop(): QueuedPod | undefined
  readonly hasReady: boolean
  /** The unschedulable pods by uid, in the order in which they came to be that. */
  readonly unschedulable: ReadonlyMap<string, QueuedPod>
  close(): void
}

export function createQueues(options: QueuesOptions): Queues {
  const { clock, backoff: limits } = options
  const heaps = createHeaps(options)
  const unschedulable = new Map<string, QueuedPod>()

  const addUnschedulable = (pod: QueuedPod) => {
    pod.queue = 'unschedulable'
    unschedulable.set(pod.info.uid, pod)
  }
  const remove = (pod: QueuedPod) => {
    if (pod.queue === 'unschedulable') unschedulable.delete(pod.info.uid)
    else if (pod.queue !== 'none') heaps[pod.queue].remove(pod)
    pod.queue = 'none'
  }
  const move = (pod: QueuedPod, heap: PodHeap) => {
    remove(pod)
    const rejection = options.gate(pod.info)
    pod.gatedBy = rejection?.plugin
    if (rejection) {
      pod.rejectors = new Set([...pod.rejectors, rejection.plugin])
      return addUnschedulable(pod)
    }
    heap.push(pod)
    options.ready()
  }
  const moveToActive = (pod: QueuedPod) => move(pod, heaps.active)

  const release = (heap: PodHeap) => {
    for (let pod = heap.peek(); pod; pod = heap.peek()) {
      if (isBackingOff(pod, limits, clock.monotonicMs())) {
        return releases.arm(releaseMs(pod, limits))
      }
      moveToActive(pod)
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
    moveToBackoff(pod) {
      // Nobody rejected it, so it met an error: then it is not taken early.
      move(pod, heaps[pod.rejectors.size === 0 ? 'error-backoff' : 'backoff'])
      if (pod.queue !== 'unschedulable') releases.arm(releaseMs(pod, limits))
    },
    pop: () => heaps.active.pop() ?? heaps.backoff.pop(),
    get hasReady() {
      return (heaps.active.peek() ?? heaps.backoff.peek()) !== undefined
    },
    unschedulable,
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
