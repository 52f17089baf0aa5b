import { type FieldError, fieldErrorMessage } from '../../fields/field-errors.ts'

/** Errors in the order in which they are found, as many as one answer can carry. */
export interface ErrorList {
  push(...errors: readonly FieldError[]): void
  /** Whether nothing more is taken: who looks for more may stop. */
  readonly isFull: boolean
  readonly all: readonly FieldError[]
}

/** A hostile schema could have an error at each of its nodes, each with a path as long as the schema. */
const maxErrors = 1000
const maxTextLength = 1 << 20

/** An empty list. */
export function createErrorList(): ErrorList {
  const all: FieldError[] = []
  let textLength = 0
  const isFull = () => all.length >= maxErrors || textLength >= maxTextLength
  return {
    all,
    get isFull() {
      return isFull()
    },
    push(...errors) {
      for (const error of errors) {
        if (isFull()) return
        all.push(error)
        textLength += fieldErrorMessage(error).length
      }
    },
  }
}
