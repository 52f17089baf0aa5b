import { arithmetic } from './arithmetic.ts'
import type { Part, Script, Word } from './syntax.ts'

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
}

interface Piece {
  readonly text: string
  readonly quoted: boolean
}

/** One word as one text: no splitting, no patterns. */
export function expandText(word: Word, world: ExpansionWorld): string {
  return word.map((part) => textOf(part, world)).join('')
}

/** Words as a command gets them: variables split at blanks, braces and patterns expanded. */
export function expandWords(words: readonly Word[], world: ExpansionWorld): readonly string[] {
  return words.flatMap(expandBraces).flatMap((word) => expandWord(word, world))
}

function expandWord(word: Word, world: ExpansionWorld): readonly string[] {
  if (isAllArguments(word)) return [...world.args]
  const pieces: Piece[] = word.map((part) => ({
    text: textOf(part, world),
    quoted: part.quoted || part.kind === 'text',
  }))
  const isQuoted = word.some(({ quoted }) => quoted)
  const fields = split(pieces)
  if (fields.length === 0) return isQuoted ? [''] : []
  const hasPattern = word.some(
    (part) => part.kind === 'text' && !part.quoted && /[*?]/.test(part.text),
  )
  if (!hasPattern) return fields
  return fields.flatMap((field) => {
    const found = world.glob(field)
    return found.length > 0 ? found : [field]
  })
}

/** `"$@"` gives each argument as a word of its own. */
function isAllArguments(word: Word): boolean {
  const parts = word.filter((part) => part.kind !== 'text' || part.text !== '')
  const [only] = parts
  return parts.length === 1 && only?.kind === 'variable' && only.name === '@'
}

/** Fields: unquoted text is split at blanks, quoted text never. */
function split(pieces: readonly Piece[]): readonly string[] {
  const fields: (string | undefined)[] = [undefined]
  const extend = (text: string) => {
    if (text !== '') fields.push((fields.pop() ?? '') + text)
  }
  for (const { text, quoted } of pieces) {
    const [first = '', ...more] = quoted ? [text] : text.split(/[ \t\n]+/)
    extend(first)
    for (const part of more) {
      if (fields.at(-1) !== undefined) fields.push(undefined)
      extend(part)
    }
  }
  return fields.filter((field) => field !== undefined)
}

function textOf(part: Part, world: ExpansionWorld): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'variable':
      return variableText(part, world)
    case 'command':
      return world.capture(part.body).replace(/\n+$/, '')
    case 'arithmetic':
      return String(arithmetic(expandText(part.text, world), (name) => world.variable(name) ?? ''))
  }
}

function variableText(part: Part & { readonly kind: 'variable' }, world: ExpansionWorld): string {
  const { name, operator = '', word = [] } = part
  const value = world.variable(name)
  const isMissing = operator.startsWith(':') ? !value : value === undefined
  switch (operator.replace(':', '')) {
    case '-':
      return isMissing ? expandText(word, world) : (value ?? '')
    case '=': {
      if (!isMissing) return value ?? ''
      const given = expandText(word, world)
      world.assign(name, given)
      return given
    }
    case '+':
      return isMissing ? '' : expandText(word, world)
    case '#length':
      return String((value ?? '').length)
    case '#':
    case '##':
      return stripped(value ?? '', expandText(word, world), operator, 'start')
    case '%':
    case '%%':
      return stripped(value ?? '', expandText(word, world), operator, 'end')
    default:
      return value ?? ''
  }
}

/** `${x#pattern}` and its like: the shortest or longest fit taken away. */
function stripped(value: string, pattern: string, operator: string, side: 'start' | 'end'): string {
  const lengths = Array.from({ length: value.length + 1 }, (_, index) => index)
  const order = operator.length === 2 ? lengths.toReversed() : lengths
  const cut = (length: number) =>
    side === 'start' ? value.slice(0, length) : value.slice(value.length - length)
  const found = order.find((length) => patternFits(pattern, cut(length)))
  if (found === undefined) return value
  return side === 'start' ? value.slice(found) : value.slice(0, value.length - found)
}

/** Whether a shell pattern (`*`, `?`, `[…]`) fits a whole text. */
export function patternFits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '[\\s\\S]*')
    .replace(/\?/g, '[\\s\\S]')
  return new RegExp(`^${source}$`).test(text)
}

/** `{1..3}` and `{a,b}` where they stand unquoted. */
function expandBraces(word: Word): readonly Word[] {
  const at = word.findIndex(
    (part) =>
      part.kind === 'text' && !part.quoted && /\{(\d+\.\.\d+|[^{}]*,[^{}]*)\}/.test(part.text),
  )
  const part = word[at]
  if (part?.kind !== 'text') return [word]
  const [whole = '', inner = ''] = /\{(\d+\.\.\d+|[^{}]*,[^{}]*)\}/.exec(part.text) ?? []
  const [from = 0, to = -1] = inner.split('..').map(Number)
  const items = inner.includes('..')
    ? Array.from({ length: Math.min(Math.abs(to - from), 10_000) + 1 }, (_, index) =>
        String(from + (to < from ? -index : index)),
      )
    : inner.split(',')
  return items.flatMap((item) => {
    const text = part.text.replace(whole, item)
    return expandBraces([...word.slice(0, at), { ...part, text }, ...word.slice(at + 1)])
  })
}
