import { compileGlob, type Glob, prefixLength, suffixLength } from '../../patterns/glob.ts'
import { withoutEnd } from '../../patterns/trim.ts'
import type { Spend } from '../../patterns/work.ts'
import { type Dialect, expansionStatus } from '../syntax/dialect.ts'
import { type Part, type Script, ShellError, type Word } from '../syntax/syntax.ts'
import { arithmetic } from './arithmetic.ts'
import { expandBraces } from './braces.ts'
import { partOf, replaced, withCase } from './parameter.ts'

/** What expansion asks of the shell. */
export interface ExpansionWorld {
  /** Undefined where it is not set. */
  variable(name: string): string | undefined
  /** The elements of an array; undefined for a name that is none. */
  elements(name: string): readonly string[] | undefined
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

type Variable = Part & { readonly kind: 'variable' }

interface Piece {
  readonly text: string
  readonly quoted: boolean
}

/** One word as one text: no splitting, no patterns. */
export function expandText(word: Word, world: ExpansionWorld): string {
  return fromHome(word, world)
    .map((part) => textFrom(part, world))
    .join('')
}

/** A word as a pattern, in which quoted stars are none. */
export function expandPattern(word: Word, world: ExpansionWorld): Glob {
  return compileGlob(word.map((part) => ({ text: textFrom(part, world), quoted: part.quoted })))
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
  const list = listOf(word, world)
  if (list) return list
  const pieces: Piece[] = word.map((part) => ({
    text: textFrom(part, world),
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

/** `"$@"` and `"${NAME[@]}"` give each argument or element as a word of its own, text around them with the ends. */
function listOf(word: Word, world: ExpansionWorld): readonly string[] | undefined {
  const at = word.findIndex((part) => part.kind === 'variable' && isList(part))
  const part = word[at]
  if (part?.kind !== 'variable') return undefined
  const all = elementsOf(part, world)
  if (part.operator === '#length') return undefined
  const items = all.map((each) => changed(each, part, world))
  const chosen = part.operator === ':' ? slice(all, part, world) : items
  const before = expandText(word.slice(0, at), world)
  const after = expandText(word.slice(at + 1), world)
  if (chosen.length === 0) return before + after === '' ? [] : [before + after]
  return chosen.map((each, index) => {
    const start = index === 0 ? before : ''
    return start + each + (index === chosen.length - 1 ? after : '')
  })
}

function isList({ name, index, isIndirect }: Variable): boolean {
  return index === '@' || (name === '@' && !isIndirect)
}

function elementsOf({ name, index }: Variable, world: ExpansionWorld): readonly string[] {
  if (index === undefined) return world.args
  const value = world.variable(name)
  return world.elements(name) ?? (value === undefined ? [] : [value])
}

function slice(all: readonly string[], part: Variable, world: ExpansionWorld): readonly string[] {
  const { from, length } = extentOf(part, world)
  // The arguments of a shell begin with its name.
  return partOf(part.index === undefined ? ['', ...all] : all, from, length)
}

function extentOf({ word = [], second }: Variable, world: ExpansionWorld) {
  const length = second && computed(expandText(second, world), world)
  return { from: computed(expandText(word, world), world), length }
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

function textFrom(part: Part, world: ExpansionWorld): string {
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

/** Computes `$((…))` with the variables of the shell. @throws ShellError for what cannot be computed */
export function computed(text: string, world: ExpansionWorld): number {
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

function variableText(part: Variable, world: ExpansionWorld): string {
  const { name, operator = '' } = part
  const value = valueIn(part, world)
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

/** What dash does not know. */
function isBashs({ index, isIndirect, operator = '' }: Variable): boolean {
  return index !== undefined || isIndirect === true || /^([/^,]|:$)/.test(operator)
}

function valueIn(part: Variable, world: ExpansionWorld): string | undefined {
  const { name, index, isIndirect } = part
  if (isBashs(part) && world.dialect === 'dash') throw new ShellError('Bad substitution')
  if (isIndirect) {
    const other = world.variable(name)
    return other === undefined ? undefined : world.variable(other)
  }
  if (index === undefined) return world.variable(name)
  const all = elementsOf(part, world)
  if (index === '@' || index === '*') return all.length === 0 ? undefined : all.join(' ')
  const at = computed(expandText(index, world), world)
  return all.at(at)
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
    case '#length': {
      const isWhole = part.index === '@' || part.index === '*'
      return String(isWhole ? elementsOf(part, world).length : value.length)
    }
    case '#':
    case '##':
    case '%':
    case '%%':
      return stripped(value, part, world)
    case '/':
    case '//':
    case '/#':
    case '/%': {
      const text = expandText(part.second ?? [], world)
      const pattern = expandPattern(part.word ?? [], world)
      return replaced(value, part.operator, { pattern, text, spend: world.spend })
    }
    case '^':
    case '^^':
    case ',':
    case ',,':
      return withCase(value, part.operator, expandText(part.word ?? [], world), world.spend)
    case ':': {
      const { from, length } = extentOf(part, world)
      return partOf(value, from, length)
    }
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
