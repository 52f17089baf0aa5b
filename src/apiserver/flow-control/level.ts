import type { UsedLevel } from './configuration.ts'
import { FairQueues } from './fair-queues.ts'
import type { Seated, SeatLimits } from './seats.ts'

/** A request that waits for its seats, and what it is told. */
export interface WaitingRequest {
  readonly seats: number
  readonly flow: string
  /** Called once, when it has its seats. */
  readonly go: () => void
}

/** A priority level at work: who sits, and who waits. */
export class Level implements Seated {
  #form: UsedLevel
  #queues: FairQueues<WaitingRequest> | undefined
  taken = 0
  executing = 0

  constructor(form: UsedLevel) {
    this.#form = form
    this.#queues = form.queues && new FairQueues(form.queues)
  }

  get form(): UsedLevel {
    return this.#form
  }

  get limits(): SeatLimits {
    return this.#form.limits
  }

  get queues(): FairQueues<WaitingRequest> | undefined {
    return this.#queues
  }

  get isIdle(): boolean {
    return this.executing === 0 && (this.#queues?.length ?? 0) === 0
  }

  /** Takes on another form. Those that wait are dealt again to queues of another kind. */
  become(form: UsedLevel): void {
    const { queues: old } = this.#form
    this.#form = form
    const now = form.queues
    const isSame =
      old?.queues === now?.queues &&
      old?.handSize === now?.handSize &&
      old?.queueLengthLimit === now?.queueLengthLimit
    if (isSame) return
    const waiting = this.#queues
    // Where nobody waits any more, those that do still get their turn.
    if (!now && waiting && waiting.length > 0) return
    this.#queues = now && new FairQueues(now)
    for (let each = waiting?.take(); each; each = waiting?.take()) {
      if (!this.#queues?.add(each)) each.go()
    }
  }

  /** The seats of one request, until they are given back. */
  seat(seats: number): void {
    this.taken += seats
    this.executing++
  }

  unseat(seats: number): void {
    this.taken -= seats
    this.executing--
  }
}
