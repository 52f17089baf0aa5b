import { RE2JS } from 're2js'
import { memoized, messageOf } from '#lib'

/** A pattern of a schema: an expression of RE2, whose matching takes time in proportion to the text. */
export type Pattern =
  | {
      readonly test: (text: string) => boolean
      /** How many comparisons a letter of the text may cost. */
      readonly size: number
    }
  | { readonly refusal: string }

const compiled = memoized(compile, 2_000, 4_000)

/** Compiles a pattern, or says in Go's words why it is none. */
export function patternOf(source: string): Pattern {
  return compiled(source)
}

function compile(source: string): Pattern {
  try {
    const expression = RE2JS.compile(source)
    return { test: (text) => expression.matcher(text).find(), size: expression.programSize() }
  } catch (error) {
    return { refusal: messageOf(error) }
  }
}
