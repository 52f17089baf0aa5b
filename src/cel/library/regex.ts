import { RE2JS } from 're2js'
import { memoized } from '#lib'
import { CelError } from '../values/cel-error.ts'
import { type Overload, overload } from '../values/overload.ts'
import { CelList } from '../values/values.ts'

/** Longer expressions are refused; upstream has no such bound. */
const longest = 10_000

/** More repetitions are refused too: each makes states of its own. */
const mostRepetitions = 5000

/** The sum of the largest counts that an expression names. */
function repetitions(pattern: string): number {
  let count = 0
  for (const [, least = '', most = ''] of pattern.matchAll(/\{(\d{1,5})(?:,(\d{0,5}))?\}/g)) {
    count += Number(most === '' ? least : most)
  }
  return count
}

const compiled = memoized(
  (pattern: string): RE2JS | Error => {
    if (pattern.length > longest || repetitions(pattern) > mostRepetitions) {
      return new Error('error parsing regexp: expression too large')
    }
    try {
      return RE2JS.compile(pattern)
    } catch (error) {
      return new Error(error instanceof Error ? error.message : String(error))
    }
  },
  500,
  1000,
)

/** What is wrong with a regular expression (RE2); undefined for one that can be read. */
export function regexProblem(pattern: string): string | undefined {
  const result = compiled(pattern)
  return result instanceof Error ? result.message : undefined
}

/** How many states a regular expression has, which each letter of a text may meet. */
export function regexStates(pattern: string): number {
  const result = compiled(pattern)
  return result instanceof Error ? 0 : result.programSize()
}

function regex(pattern: string, prefix = ''): RE2JS {
  const result = compiled(pattern)
  if (result instanceof Error) throw new CelError(`${prefix}${result.message}`)
  return result
}

function find(text: string, pattern: string): string {
  const matcher = regex(pattern, 'Illegal regex: ').matcher(text)
  return matcher.find() ? (matcher.group() ?? '') : ''
}

function findAll(text: string, pattern: string, limit = -1n): CelList {
  const matcher = regex(pattern, 'Illegal regex: ').matcher(text)
  const found: string[] = []
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) {
    found.push(matcher.group() ?? '')
  }
  return new CelList(found)
}

/** Regular expressions, matched by RE2 in time linear in the text. */
export const regexes: readonly Overload[] = [
  overload('string.matches(string): bool', (text: string, pattern: string) =>
    regex(pattern).matcher(text).find(),
  ),
  overload('matches(string, string): bool', (text: string, pattern: string) =>
    regex(pattern).matcher(text).find(),
  ),
  overload('string.find(string): string', find),
  overload('string.findAll(string): list<string>', findAll),
  overload('string.findAll(string, int): list<string>', findAll),
]
