import { onAbort } from '#lib'
import type { Trigger } from '#machinery'
import { type ClusterEvent, eventLabel } from '../model/cluster-event.ts'
import type { PodInfo } from '../model/pod-info.ts'
import type { ClusterView } from '../model/snapshot.ts'
import { defaultBackoff, isBackingOff } from './backoff.ts'
import { watchLeftovers } from './leftovers.ts'
import { newQueuedPod, type QueuedPod } from './queued-pod.ts'
import { createQueues, type QueuesOptions } from './queues.ts'

/** How a failed attempt ended: these plugins rejected every node, or something went wrong. */
export type AttemptFailure =
  | { readonly kind: 'unschedulable'; readonly rejectors: ReadonlySet<string> }
  | { readonly kind: 'error' }

/**
 * The pods that wait for a node, in upstream's three queues: active, backing off after a failure, and
 * unschedulable until an event may help. A pod that backs off after it was unschedulable is taken
 * early when no other pod is active; one that met an error is not.
 */
export interface SchedulingQueue {
  /** Adds a pod that waits for a node; one that is in the queue already stays as it is. */
  add(info: PodInfo, trigger: Trigger): void
  /** Replaces a waiting pod that has changed; an unknown one is added. */
  update(before: PodInfo, after: PodInfo, trigger: Trigger): void
  /** Removes the pod with this uid, if it waits. */
  delete(uid: string): void
  /** Takes the next pod; it is out of the queue until `requeueAfterFailure`. */
  pop(): QueuedPod | undefined
  /** Resolves once `pop` has something to give. One waiter at a time. */
  whenReady(signal: AbortSignal): Promise<void>
  /** Takes a pod back whose attempt failed: to the unschedulable pods, or to back off after an error. */
  requeueAfterFailure(pod: QueuedPod, failure: AttemptFailure): void
  /** Moves the unschedulable pods that the event may help, except one (upstream: MoveAllToActiveOrBackoffQueue). */
  onClusterEvent(event: ClusterEvent, trigger: Trigger, except?: string): void
  /** Moves a pod that this PreEnqueue plugin held, now that it holds it no more. */
  ungate(uid: string, plugin: string, trigger: Trigger): void
  /** Moves an unschedulable pod whatever the queueing hints of its plugins say (upstream: Activate). */
  activate(uid: string, trigger: Trigger): void
  /** How many pods wait, by upstream's names of the queues. */
  pending(): Readonly<Record<string, number>>
  /** Cancels all timers. */
  close(): void
}

export type SchedulingQueueOptions = Omit<QueuesOptions, 'ready' | 'backoff'> &
  Partial<Pick<QueuesOptions, 'backoff'>> & {
    /** What queueing hints look things up in. */
    readonly cluster: ClusterView
  }

export function createSchedulingQueue(options: SchedulingQueueOptions): SchedulingQueue {
  const { clock, backoff = defaultBackoff } = options
  const waiter = createWaiter()
  const queues = createQueues({ ...options, backoff, ready: waiter.wake })
  const pods = new Map<string, QueuedPod>()
  const hints = new Map(options.plugins.map(({ name, queueingHint }) => [name, queueingHint]))
  let serial = 0

  const requeue = (pod: QueuedPod, trigger: Trigger, event: string) => {
    pod.trigger = trigger
    if (isBackingOff(pod, backoff, clock.monotonicMs())) queues.moveToBackoff(pod, event)
    else queues.moveToActive(pod, event)
  }
  const leftovers = watchLeftovers(clock, queues.unschedulable, requeue)
  const queueingHint = (pod: QueuedPod, event: ClusterEvent) => {
    for (const plugin of pod.rejectors)
      if (hints.get(plugin)?.(event, pod.info, options.cluster)) return true
    return false
  }
  const add = (info: PodInfo, trigger: Trigger) => {
    if (pods.has(info.uid)) return
    const pod = newQueuedPod(info, { serial: serial++, nowMs: clock.monotonicMs(), trigger })
    pods.set(info.uid, pod)
    queues.moveToActive(pod, 'UnscheduledPodAdd')
  }

  return {
    add,
    update(before, after, trigger) {
      const pod = pods.get(after.uid)
      if (!pod) return add(after, trigger)
      pod.info = after
      if (pod.queue !== 'unschedulable') return
      if (queueingHint(pod, { kind: 'self', before, after })) {
        requeue(pod, trigger, 'UnscheduledPodUpdate')
      }
    },
    delete(uid) {
      const pod = pods.get(uid)
      if (pod) queues.remove(pod)
      pods.delete(uid)
    },
    pop() {
      const pod = queues.pop()
      if (!pod) return undefined
      pods.delete(pod.info.uid)
      beginAttempt(pod, clock.monotonicMs())
      return pod
    },
    whenReady: (signal) => (queues.hasReady ? Promise.resolve() : waiter.wait(signal)),
    requeueAfterFailure(pod, failure) {
      if (pods.has(pod.info.uid)) return
      pods.set(pod.info.uid, pod)
      pod.queuedAtMs = clock.monotonicMs()
      if (failure.kind === 'error') {
        pod.errorCount++
        pod.rejectors = new Set()
        requeue(pod, afterFailure, failedAttempt)
        return
      }
      pod.errorCount = 0
      pod.unschedulableCount++
      pod.rejectors = failure.rejectors
      queues.addUnschedulable(pod, failedAttempt)
      leftovers.arm()
    },
    onClusterEvent(event, trigger, except) {
      for (const pod of [...queues.unschedulable.values()]) {
        if (pod.info.uid === except || !queueingHint(pod, event)) continue
        requeue(pod, trigger, eventLabel(event))
      }
    },
    ungate(uid, plugin, trigger) {
      const pod = queues.unschedulable.get(uid)
      if (pod?.gatedBy === plugin) requeue(pod, trigger, 'UnscheduledPodUpdate')
    },
    activate(uid, trigger) {
      const pod = queues.unschedulable.get(uid)
      if (pod) requeue(pod, trigger, 'ForceActivate')
    },
    pending: queues.pending,
    close() {
      queues.close()
      leftovers.cancel()
    },
  }
}

function beginAttempt(pod: QueuedPod, nowMs: number): void {
  pod.backoffUntilMs = 0
  pod.attempts++
  pod.attemptedAtMs = nowMs
}

const failedAttempt = 'ScheduleAttemptFailure'
const afterFailure: Trigger = {
  kind: 'timer',
  purpose: 'back-off after a failed attempt to schedule',
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
