import { createHeap } from '#lib'
import type { QueuedPod, QueueName } from './queued-pod.ts'

/**
 * Pods of one place in order. A pod that has left the place meanwhile, or came back to it, is
 * recognised by its ticket, so leaving costs nothing.
 */
export interface PodHeap {
  push(pod: QueuedPod): void
  peek(): QueuedPod | undefined
  pop(): QueuedPod | undefined
  remove(pod: QueuedPod): void
  readonly size: number
}

interface Entry {
  readonly pod: QueuedPod
  readonly ticket: number
}

export function createPodHeap(
  place: QueueName,
  before: (a: QueuedPod, b: QueuedPod) => boolean,
): PodHeap {
  const heap = createHeap<Entry>((a, b) => before(a.pod, b.pod))
  const tickets = new Map<QueuedPod, number>()
  let lastTicket = 0
  const peek = () => {
    for (let top = heap.peek(); top; top = heap.peek()) {
      if (tickets.get(top.pod) === top.ticket) return top.pod
      heap.pop()
    }
    return undefined
  }
  const remove = (pod: QueuedPod) => {
    if (tickets.delete(pod)) pod.queue = 'none'
  }
  return {
    push(pod) {
      const ticket = ++lastTicket
      tickets.set(pod, ticket)
      pod.queue = place
      heap.push({ pod, ticket })
    },
    peek,
    remove,
    get size() {
      return tickets.size
    },
    pop() {
      const pod = peek()
      if (pod) remove(pod)
      return pod
    },
  }
}
