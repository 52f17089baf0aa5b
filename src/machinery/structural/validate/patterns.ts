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

/** As deep as Go lets an expression nest. */
const maxDepth = 1_000
const tooDeep = 'error parsing regexp: expression nests too deeply'

function compile(source: string): Pattern {
  // The library finds out only when it has read all of it, in time that a client chooses.
  if (nestsDeeply(source)) return { refusal: tooDeep }
  try {
    const expression = RE2JS.compile(source)
    return { test: (text) => expression.matcher(text).find(), size: expression.programSize() }
  } catch (error) {
    return { refusal: messageOf(error) }
  }
}

/** What stands behind a backslash or in brackets opens no group. */
function nestsDeeply(source: string): boolean {
  if (source.length <= maxDepth) return false
  let depth = 0
  for (let at = 0; at < source.length; at++) {
    const character = source[at]
    if (character === '\\') at++
    else if (character === '[') at = endOfClass(source, at)
    else if (character === ')') depth--
    else if (character === '(' && ++depth > maxDepth) return true
  }
  return false
}

/** A bracket that comes first in a class, or behind its caret, is a letter of it. */
function endOfClass(source: string, start: number): number {
  let at = start + 1
  if (source[at] === '^') at++
  if (source[at] === ']') at++
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1
  return at
}
