import { handOf } from './shuffle-sharding.ts'

/** How many queues there are, how many of them a flow may use, and how many requests each holds. */
export interface QueuesForm {
  readonly queues: number
  readonly handSize: number
  readonly queueLengthLimit: number
}

/** A request that waits for seats. */
export interface QueuedRequest {
  readonly seats: number
  readonly flow: string
}

interface Queue<T> {
  readonly items: T[]
  /** When its next request is due, in units of service that the level has given. */
  dueAt: number
}

/**
 * Queues that share what a level serves alike. A flow is dealt a hand of them by its hash and waits in the
 * shortest: a flow that fills its hand leaves others a queue that it does not have (shuffle sharding).
 */
export class FairQueues<T extends QueuedRequest> {
  readonly #form: QueuesForm
  /** Those that have held a request since all were empty; there may be millions. */
  readonly #queues = new Map<number, Queue<T>>()
  /** How far service has come: a queue that was empty does not catch up with what it did not ask for. */
  #served = 0
  #length = 0

  constructor(form: QueuesForm) {
    this.#form = form
  }

  get length(): number {
    return this.#length
  }

  /** How many seats those that wait have asked for. */
  get seats(): number {
    let seats = 0
    for (const { items } of this.#queues.values()) for (const item of items) seats += item.seats
    return seats
  }

  /** Lets a request wait. False where the queue that it would wait in is full. */
  add(item: T): boolean {
    const queue = this.#shortest(item.flow)
    if (queue.items.length >= this.#form.queueLengthLimit) return false
    if (queue.items.length === 0) queue.dueAt = Math.max(queue.dueAt, this.#served)
    queue.items.push(item)
    this.#length++
    return true
  }

  /** The request whose turn it is. */
  peek(): T | undefined {
    return this.#next()?.items[0]
  }

  /** Takes the request out whose turn it is. */
  take(): T | undefined {
    const queue = this.#next()
    const item = queue?.items.shift()
    if (!queue || !item) return undefined
    this.#served = queue.dueAt
    queue.dueAt += item.seats
    this.#leave()
    return item
  }

  /** Takes out a request that does not wait any more. */
  remove(item: T): void {
    for (const { items } of this.#queues.values()) {
      const at = items.indexOf(item)
      if (at < 0) continue
      items.splice(at, 1)
      this.#leave()
      return
    }
  }

  /** Once nobody waits, nobody is owed anything. */
  #leave(): void {
    this.#length--
    if (this.#length === 0) this.#queues.clear()
  }

  #next(): Queue<T> | undefined {
    let next: Queue<T> | undefined
    for (const queue of this.#queues.values()) {
      if (queue.items.length > 0 && (!next || queue.dueAt < next.dueAt)) next = queue
    }
    return next
  }

  #shortest(flow: string): Queue<T> {
    let best: Queue<T> | undefined
    for (const index of handOf(flow, this.#form)) {
      let queue = this.#queues.get(index)
      if (!queue) {
        queue = { items: [], dueAt: 0 }
        this.#queues.set(index, queue)
      }
      if (!best || queue.items.length < best.items.length) best = queue
    }
    // Cast: a hand has at least one card.
    return best as Queue<T>
  }
}
