import {
  compileGlob,
  type Glob,
  lengthAt,
  prefixLength,
  suffixLength,
} from '../../patterns/glob.ts'
import type { Spend } from '../../patterns/work.ts'

/** bash's changes of a value: replaced patterns, letters of the other case, and parts. */

/** What a replacement is made with. */
export interface Replacement {
  readonly pattern: Glob
  readonly text: string
  readonly spend: Spend
}

/** Replaces what a pattern fits: the first (`/`), all (`//`), at the beginning (`/#`) or at the end (`/%`). */
export function replaced(value: string, operator: string, given: Replacement): string {
  const { pattern, text, spend } = given
  const search = { extent: 'longest', spend } as const
  if (pattern.members.length === 0) return value
  if (operator === '/#') {
    const length = prefixLength(pattern, value, search)
    return length === undefined ? value : text + value.slice(length)
  }
  if (operator === '/%') {
    const length = suffixLength(pattern, value, search)
    return length === undefined ? value : value.slice(0, value.length - length) + text
  }
  return replacedWithin(value, operator === '//', given)
}

function replacedWithin(
  value: string,
  all: boolean,
  { pattern, text, spend }: Replacement,
): string {
  const pieces: string[] = []
  let kept = 0
  for (let at = 0; at < value.length; ) {
    spend(1)
    const length = lengthAt(pattern, value, at, spend)
    if (length === undefined || length === 0) {
      at++
      continue
    }
    pieces.push(value.slice(kept, at), text)
    at += length
    kept = at
    if (!all) break
  }
  return pieces.join('') + value.slice(kept)
}

/** Makes letters that a pattern fits upper or lower case: the first (`^`, `,`) or all (`^^`, `,,`). */
export function withCase(value: string, operator: string, pattern: string, spend: Spend): string {
  const glob = compileGlob([{ text: pattern === '' ? '?' : pattern, quoted: false }])
  const change = (letter: string) => {
    if (lengthAt(glob, letter, 0, spend) !== letter.length) return letter
    return operator.startsWith('^') ? letter.toUpperCase() : letter.toLowerCase()
  }
  if (operator.length === 2) return [...value].map(change).join('')
  return change(value.slice(0, 1)) + value.slice(1)
}

/** Takes a part of a list of letters or elements; numbers below 0 count from its end. */
export function partOf<T extends string | readonly string[]>(
  value: T,
  from: number,
  length: number | undefined,
): T {
  const start = from < 0 ? value.length + from : from
  // Cast: a part of a text is a text, and one of a list is a list.
  if (start < 0) return value.slice(0, 0) as T
  const end =
    length === undefined ? value.length : length < 0 ? value.length + length : start + length
  // Cast: a part of a text is a text, and one of a list is a list.
  return value.slice(start, Math.max(start, end)) as T
}
