/** An error of an expression while it is evaluated, in upstream's words. `||` and `&&` may absorb it. */
export class CelError extends Error {
  override readonly name = 'CelError'
}

/** An expression that cost more than it may; nothing absorbs it. */
export class CelCostError extends Error {
  override readonly name = 'CelCostError'
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}
