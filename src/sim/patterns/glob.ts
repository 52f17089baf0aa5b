import { type Bracket, bracketEnd, bracketFits, readBracket } from './bracket.ts'
import type { Spend } from './work.ts'

/** A part of a shell pattern; a quoted one stands for itself. */
export interface Wildcard {
  readonly text: string
  readonly quoted: boolean
}

type Member = 'star' | 'any' | 'none' | number | Bracket

/**
 * A compiled shell pattern (`*`, `?`, `[…]`). Every match takes at most as many comparisons as the text has
 * letters times the pattern members, and is paid for by `spend`.
 */
export interface Glob {
  readonly members: readonly Member[]
}

/** Compiles the parts of a pattern. */
export function compileGlob(parts: readonly Wildcard[]): Glob {
  const members: Member[] = []
  for (const { text, quoted } of parts) {
    if (quoted) for (let at = 0; at < text.length; at++) members.push(text.charCodeAt(at))
    else readMembers(text, members)
  }
  return { members }
}

function readMembers(text: string, members: Member[]): void {
  for (let at = 0; at < text.length; ) {
    const { member, length } = memberAt(text, at)
    // One star takes as much as two in a row.
    if (member !== 'star' || members.at(-1) !== 'star') members.push(member)
    at += length
  }
}

function memberAt(text: string, at: number): { readonly member: Member; readonly length: number } {
  const letter = text[at]
  if (letter === '*') return { member: 'star', length: 1 }
  if (letter === '?') return { member: 'any', length: 1 }
  const end = letter === '[' ? bracketEnd(text, at) : -1
  if (end >= 0) {
    const bracket = readBracket(text.slice(at + 1, end))
    return { member: bracket ?? 'none', length: end + 1 - at }
  }
  const isEscape = letter === '\\' && at + 1 < text.length
  return { member: text.charCodeAt(isEscape ? at + 1 : at), length: isEscape ? 2 : 1 }
}

function memberFits(member: Member, unit: number): boolean {
  if (typeof member === 'number') return member === unit
  if (member === 'any') return true
  return typeof member === 'object' && bracketFits(member, unit)
}

/** Tells whether a pattern fits the whole of a text. */
export function globFits({ members }: Glob, text: string, spend: Spend): boolean {
  let [at, index] = [0, 0]
  let [starIndex, starAt] = [-1, 0]
  let comparisons = 0
  while (at < text.length) {
    if (++comparisons % 1024 === 0) spend(1024)
    const member = members[index]
    if (member === 'star') {
      starIndex = index++
      starAt = at
    } else if (member !== undefined && memberFits(member, text.charCodeAt(at))) {
      index++
      at++
    } else if (starIndex >= 0) {
      // Only the last star needs to take more: what stands before it has found its place.
      index = starIndex + 1
      at = ++starAt
    } else return false
  }
  while (members[index] === 'star') index++
  spend(comparisons % 1024)
  return index === members.length
}

/** Which of several lengths is wanted. */
type Extent = 'shortest' | 'longest'

interface Search {
  readonly extent: Extent
  readonly spend: Spend
}

/** Finds how long a beginning of the text is that a pattern fits; undefined when it fits none. */
export function prefixLength(glob: Glob, text: string, search: Search): number | undefined {
  return fittingLength(glob.members, text.length, (at) => text.charCodeAt(at), search)
}

/** Finds how long an end of the text is that a pattern fits; undefined when it fits none. */
export function suffixLength(glob: Glob, text: string, search: Search): number | undefined {
  const last = text.length - 1
  const members = glob.members.toReversed()
  return fittingLength(members, text.length, (at) => text.charCodeAt(last - at), search)
}

/** Finds the longest fit that begins at an index of the text; undefined when there is none. */
export function lengthAt(glob: Glob, text: string, at: number, spend: Spend): number | undefined {
  const unitAt = (offset: number) => text.charCodeAt(at + offset)
  return fittingLength(glob.members, text.length - at, unitAt, { extent: 'longest', spend })
}

/** Goes through the text once with every place of the pattern that it may have come to. */
function fittingLength(
  members: readonly Member[],
  length: number,
  unitAt: (at: number) => number,
  { extent, spend }: Search,
): number | undefined {
  let places = withStars(members, [0])
  let found = places.at(-1) === members.length ? 0 : undefined
  for (let at = 0; at < length && places.length > 0; at++) {
    if (found !== undefined && extent === 'shortest') return found
    // A star at the end takes all that is left.
    if (extent === 'longest' && members.at(-1) === 'star' && found !== undefined) return length
    spend(places.length)
    places = nextPlaces(members, places, unitAt(at))
    if (places.at(-1) === members.length) found = at + 1
  }
  return found
}

function nextPlaces(members: readonly Member[], places: readonly number[], unit: number): number[] {
  const next: number[] = []
  for (const place of places) {
    const member = members[place]
    if (member === 'star') next.push(place)
    else if (member !== undefined && memberFits(member, unit)) next.push(place + 1)
  }
  return withStars(members, next)
}

/** Adds the places behind stars, which may take nothing; places stay in order. */
function withStars(members: readonly Member[], places: readonly number[]): number[] {
  const all: number[] = []
  for (const place of places) {
    if (all.at(-1) !== place) all.push(place)
    if (members[place] === 'star') all.push(place + 1)
  }
  return all
}
