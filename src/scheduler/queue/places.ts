import type { Clock } from '#lib'
import type { PodInfo } from '../model/pod-info.ts'
import type { Plugin, Rejection } from '../plugin.ts'
import { createAlarm } from './alarm.ts'
import { type BackoffLimits, backoffUntil, isBackingOff, releaseMs } from './backoff.ts'
import { createPodHeap, type PodHeap } from './pod-heap.ts'
import type { QueuedPod } from './queued-pod.ts'

export interface PlacesOptions {
  readonly clock: Clock
  readonly plugins: readonly Plugin[]
  /** Keeps a pod out of the ready places. */
  readonly gate: (pod: PodInfo) => Rejection | undefined
  readonly backoff: BackoffLimits
  /** Called when a pod became ready. */
  readonly ready: () => void
}

/** Where pods wait, and the ways between these places. A pod is in one of them at a time. */
export interface Places {
  /** To the ready ones, or to the unschedulable ones if its gate is closed. */
  activate(pod: QueuedPod): void
  /** To wait for the end of its back-off, or likewise. */
  holdBack(pod: QueuedPod): void
  /** To the unschedulable ones. */
  park(pod: QueuedPod): void
  leave(pod: QueuedPod): void
  /** Ready pods first, then those that back off because they were unschedulable. */
  pop(): QueuedPod | undefined
  readonly hasReady: boolean
  /** By uid, in the order in which they were parked. */
  readonly unschedulable: ReadonlyMap<string, QueuedPod>
  close(): void
}

export function createPlaces(options: PlacesOptions): Places {
  const { clock, backoff: limits } = options
  const heaps = createHeaps(options)
  const unschedulable = new Map<string, QueuedPod>()

  const park = (pod: QueuedPod) => {
    pod.place = 'unschedulable'
    unschedulable.set(pod.info.uid, pod)
  }
  const leave = (pod: QueuedPod) => {
    if (pod.place === 'unschedulable') unschedulable.delete(pod.info.uid)
    else if (pod.place !== 'none') heaps[pod.place].remove(pod)
    pod.place = 'none'
  }
  const move = (pod: QueuedPod, heap: PodHeap) => {
    leave(pod)
    const rejection = options.gate(pod.info)
    pod.gatedBy = rejection?.plugin
    if (rejection) {
      pod.rejectors = new Set([...pod.rejectors, rejection.plugin])
      return park(pod)
    }
    heap.push(pod)
    options.ready()
  }
  const activate = (pod: QueuedPod) => move(pod, heaps.active)

  const release = (heap: PodHeap) => {
    for (let pod = heap.peek(); pod; pod = heap.peek()) {
      if (isBackingOff(pod, limits, clock.monotonicMs())) {
        return releases.arm(releaseMs(pod, limits))
      }
      activate(pod)
    }
  }
  const releases = createAlarm(clock, () => {
    release(heaps.backoff)
    release(heaps['error-backoff'])
  })

  return {
    activate,
    park,
    leave,
    holdBack(pod) {
      // Nobody rejected it, so it met an error: then it is not taken early.
      move(pod, heaps[pod.rejectors.size === 0 ? 'error-backoff' : 'backoff'])
      if (pod.place !== 'unschedulable') releases.arm(releaseMs(pod, limits))
    },
    pop: () => heaps.active.pop() ?? heaps.backoff.pop(),
    get hasReady() {
      return (heaps.active.peek() ?? heaps.backoff.peek()) !== undefined
    },
    unschedulable,
    close: releases.cancel,
  }
}

function createHeaps({ plugins, backoff: limits }: PlacesOptions) {
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
