import { compileGlob, type Glob, prefixLength, suffixLength } from '../../patterns/glob.ts'
import { withoutEnd } from '../../patterns/trim.ts'
import type { Spend } from '../../patterns/work.ts'
import { type Dialect, expansionStatus } from '../syntax/dialect.ts'
import { type Part, type Script, ShellError, type Word } from '../syntax/syntax.ts'
import { arithmetic } from './arithmetic.ts'
import { expandBraces } from './braces.ts'

/** What expansion asks of the shell. */
export interface ExpansionWorld {
  /** Undefined where it is not set. */
  variable(name: string): string | undefined
  assign(name: string, value: string): void
  readonly args: readonly string[]
  /** Runs a script here and now, and gives what it wrote. */
  capture(body: Script): string
  /** Names that fit a pattern. */
  glob(pattern: string): readonly string[]
  readonly dialect: Dialect
  /** Pays for matching patterns. */
  readonly spend: Spend
  /** `set -u`: what is not set is an error. */
  readonly isStrict: boolean
}

interface Piece {
  readonly text: string
  readonly quoted: boolean
}

/** One word as one text: no splitting, no patterns. */
export function expandText(word: Word, world: ExpansionWorld): string {
  return fromHome(word, world)
    .map((part) => textOf(part, world))
    .join('')
}

/** A word as a pattern, in which quoted stars are none. */
export function expandPattern(word: Word, world: ExpansionWorld): Glob {
  return compileGlob(word.map((part) => ({ text: textOf(part, world), quoted: part.quoted })))
}

/** Words as a command gets them: variables split, patterns expanded; braces by bash alone. */
export function expandWords(words: readonly Word[], world: ExpansionWorld): readonly string[] {
  const all = world.dialect === 'bash' ? expandBraces(words) : words
  return all.flatMap((word) => {
    const [only] = word
    if (word.length === 1 && only && standsForItself(only)) return only.text
    return expandWord(fromHome(word, world), world)
  })
}

/** Nearly all words are such text, in which there is nothing to expand. */
function standsForItself(part: Part): part is Part & { readonly kind: 'text' } {
  if (part.kind !== 'text') return false
  return part.quoted || !/^$|^~|[*?[]/.test(part.text)
}

/** `~` and `~/…` stand for the home directory. */
function fromHome(word: Word, world: ExpansionWorld): Word {
  const [first, ...rest] = word
  if (first?.kind !== 'text' || first.quoted || !/^~(\/|$)/.test(first.text)) return word
  const isWhole = first.text === '~' && rest[0]?.quoted === true
  const home = isWhole ? undefined : world.variable('HOME')
  if (home === undefined) return word
  return [{ ...first, text: home, quoted: true }, { ...first, text: first.text.slice(1) }, ...rest]
}

function expandWord(word: Word, world: ExpansionWorld): readonly string[] {
  if (isAllArguments(word)) return [...world.args]
  const pieces: Piece[] = word.map((part) => ({
    text: textOf(part, world),
    quoted: part.quoted || part.kind === 'text',
  }))
  const isQuoted = word.some(({ quoted }) => quoted)
  const fields = split(pieces, world.variable('IFS') ?? blanks)
  if (fields.length === 0) return isQuoted ? [''] : []
  const hasPattern = word.some(
    (part) => part.kind === 'text' && !part.quoted && hasWildcard(part.text),
  )
  if (!hasPattern) return fields
  return fields.flatMap((field) => {
    const found = world.glob(field)
    return found.length > 0 ? found : [field]
  })
}

function hasWildcard(text: string): boolean {
  const open = text.indexOf('[')
  return /[*?]/.test(text) || (open >= 0 && text.indexOf(']', open + 2) >= 0)
}

/** `"$@"` gives each argument as a word of its own. */
function isAllArguments(word: Word): boolean {
  const parts = word.filter((part) => part.kind !== 'text' || part.text !== '')
  const [only] = parts
  return parts.length === 1 && only?.kind === 'variable' && only.name === '@'
}

/** Fields: unquoted text is split at what stands in IFS, quoted text never. */
function split(pieces: readonly Piece[], separators: string): readonly string[] {
  const separator = separatorOf(separators)
  const fields: (string | undefined)[] = [undefined]
  const extend = (text: string) => {
    if (text !== '') fields.push((fields.pop() ?? '') + text)
  }
  for (const { text, quoted } of pieces) {
    let at = 0
    for (const found of quoted ? [] : text.matchAll(separator)) {
      extend(text.slice(at, found.index))
      at = found.index + found[0].length
      // One that is no blank ends a field, also an empty one.
      if (/\S/.test(found[0])) fields.push(fields.pop() ?? '')
      if (fields.at(-1) !== undefined) fields.push(undefined)
    }
    extend(text.slice(at))
  }
  return fields.filter((field) => field !== undefined)
}

/** What IFS is unless a script sets it. */
const blanks = ' \t\n'
const blankSeparator = makeSeparator(blanks)

function separatorOf(separators: string): RegExp {
  return separators === blanks ? blankSeparator : makeSeparator(separators)
}

/** Blanks in a row separate once, everything else each time. */
function makeSeparator(separators: string): RegExp {
  const classOf = (letters: string) =>
    letters === '' ? '(?!)' : `[${letters.replace(/[\\\]^-]/g, '\\$&')}]`
  const blank = classOf(separators.replace(/\S/g, ''))
  const other = classOf(separators.replace(/\s/g, ''))
  return new RegExp(`${blank}*${other}${blank}*|${blank}+`, 'g')
}

function textOf(part: Part, world: ExpansionWorld): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'variable':
      return variableText(part, world)
    case 'command':
      return withoutEnd(world.capture(part.body), '\n')
    case 'arithmetic':
      return String(computed(expandText(part.text, world), world))
  }
}

function computed(text: string, world: ExpansionWorld): number {
  try {
    return arithmetic(text, {
      get: (name) => world.variable(name) ?? '',
      set: (name, value) => world.assign(name, value),
    })
  } catch (error) {
    if (!(error instanceof ShellError) || world.dialect !== 'bash') throw error
    throw new ShellError(error.message, 1)
  }
}

type Variable = Part & { readonly kind: 'variable' }

function variableText(part: Variable, world: ExpansionWorld): string {
  const { name, operator = '' } = part
  const value = world.variable(name)
  const isMissing = operator.startsWith(':') ? !value : value === undefined
  const kind = operator.replace(':', '')
  if (/^[-=+?]$/.test(kind)) {
    if (isMissing !== (kind === '+')) return substitute(part, kind, world)
    return kind === '+' ? '' : (value ?? '')
  }
  if (world.isStrict && value === undefined) {
    const why = world.dialect === 'bash' ? 'unbound variable' : 'parameter not set'
    throw new ShellError(`${name}: ${why}`, expansionStatus(world.dialect))
  }
  return changed(value ?? '', part, world)
}

/** What stands for a variable that is missing, or with `+` for one that is not. */
function substitute(
  { name, operator = '', word = [] }: Variable,
  kind: string,
  world: ExpansionWorld,
) {
  const given = expandText(word, world)
  if (kind === '=') world.assign(name, given)
  if (kind !== '?') return given
  const why = given || whyMissing(operator, world)
  throw new ShellError(`${name}: ${why}`, expansionStatus(world.dialect))
}

function changed(value: string, part: Variable, world: ExpansionWorld): string {
  switch (part.operator) {
    case '#length':
      return String(value.length)
    case '#':
    case '##':
    case '%':
    case '%%':
      return stripped(value, part, world)
    default:
      return value
  }
}

function whyMissing(operator: string, { dialect }: ExpansionWorld): string {
  if (!operator.startsWith(':')) return 'parameter not set'
  return dialect === 'bash' ? 'parameter null or not set' : 'parameter not set or null'
}

/** Takes the shortest or longest fit away: `${x#pattern}` and its like. */
function stripped(
  value: string,
  { operator = '', word = [] }: Variable,
  world: ExpansionWorld,
): string {
  const extent = operator.length === 2 ? 'longest' : 'shortest'
  const search = { extent, spend: world.spend } as const
  const pattern = expandPattern(word, world)
  if (operator.startsWith('#')) return value.slice(prefixLength(pattern, value, search) ?? 0)
  return value.slice(0, value.length - (suffixLength(pattern, value, search) ?? 0))
}
