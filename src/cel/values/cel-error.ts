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

/**
 * An answer that an expression asks for is not there yet: the evaluation can be begun again when it is. Thrown by
 * what answers, such as an authorizer, through everything that is evaluated.
 */
export class PendingAnswer extends Error {
  readonly answer: Promise<unknown>

  constructor(answer: Promise<unknown>) {
    super('an answer is awaited')
    this.name = 'PendingAnswer'
    this.answer = answer
  }
}
