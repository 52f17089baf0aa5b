import { CelCostError } from '../values/cel-error.ts'

/** What one expression may cost, by upstream's limit for a call. */
export const perCallLimit = 1_000_000
/** What all expressions of one object may cost together. */
export const perObjectLimit = 10_000_000

/** What is left for several expressions together; each takes from it what it costs. */
export interface CelBudget {
  remaining: number
}

/** A budget for the expressions of one object. */
export const objectBudget = (): CelBudget => ({ remaining: perObjectLimit })

/** So much work is free: some milliseconds. */
const freeWork = 100_000

/** Counts what one evaluation costs; nothing absorbs the error of one that costs too much. */
export class CostMeter {
  readonly #limit: number
  cost = 0
  #work = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  charge(cost: number): void {
    this.cost += cost
    if (this.cost > this.#limit) throw new CelCostError()
  }

  /**
   * Counts what takes longer here than upstream's costs say. It is a cost only where there is much of it, so that
   * expressions that do not hold the process cost what they do upstream.
   */
  work(amount: number): void {
    this.#work += amount
    if (this.#work <= freeWork) return
    const excess = Math.ceil(this.#work - freeWork)
    this.#work = freeWork
    this.charge(excess)
  }
}
