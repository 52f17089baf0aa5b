/** A slow but talkative reader of JSON: it explains errors as Go does and finds repeated keys. */
import { goQuote } from '../../values/go-format.ts'

const literals = ['true', 'false', 'null'] as const
const numberStart = /[-\d]/
const whitespace = /[ \t\r\n]*/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y

/** A fault of strict decoding, and where: `spec.containers[0].name`. */
export interface FieldFault {
  readonly kind: 'duplicate' | 'unknown'
  readonly path: string
}

/** As many faults as upstream's strict decoding lists. */
const maxStrictFaults = 100

const noPaths: ReadonlySet<string> = new Set()

/**
 * The keys that an object has more than once, and those whose paths are called unknown, in the order
 * of the text; once each, and the first hundred of them.
 * @throws Error with the text of Go's JSON scanner when the text is not JSON.
 */
export function findFieldFaults(text: string, unknown = noPaths): readonly FieldFault[] {
  const state: State = { text, at: 0, unknown, found: new Map(), isUnknown: false }
  readValue(state, '')
  skipWhitespace(state)
  if (state.at < text.length) throw unexpected(state, 'after top-level value')
  return [...state.found.values()]
}

interface State {
  readonly text: string
  at: number
  readonly unknown: ReadonlySet<string>
  readonly found: Map<string, FieldFault>
  /** What an unknown field holds is not looked at. */
  isUnknown: boolean
}

function note(state: State, kind: FieldFault['kind'], path: string): void {
  if (state.isUnknown || state.found.size >= maxStrictFaults) return
  state.found.set(`${kind} ${path}`, { kind, path })
}

function readField(state: State, path: string): void {
  const isUnknown = state.unknown.size > 0 && state.unknown.has(path)
  if (!isUnknown || state.isUnknown) {
    readValue(state, path)
    return
  }
  note(state, 'unknown', path)
  state.isUnknown = true
  readValue(state, path)
  state.isUnknown = false
}

function readValue(state: State, path: string): void {
  skipWhitespace(state)
  const character = state.text.charAt(state.at)
  if (character === '{') readObject(state, path)
  else if (character === '[') readArray(state, path)
  else if (character === '"') readString(state)
  else if (numberStart.test(character)) readNumber(state)
  else readLiteral(state, character)
}

function readObject(state: State, path: string): void {
  const seen = new Set<string>()
  state.at++
  skipWhitespace(state)
  if (skip(state, '}')) return
  for (;;) {
    skipWhitespace(state)
    if (state.text[state.at] !== '"') {
      throw unexpected(state, 'looking for beginning of object key string')
    }
    const key = readString(state)
    const child = path === '' ? key : `${path}.${key}`
    if (seen.has(key)) note(state, 'duplicate', child)
    seen.add(key)
    skipWhitespace(state)
    if (!skip(state, ':')) throw unexpected(state, 'after object key')
    readField(state, child)
    skipWhitespace(state)
    if (skip(state, '}')) return
    if (!skip(state, ',')) throw unexpected(state, 'after object key:value pair')
  }
}

function readArray(state: State, path: string): void {
  state.at++
  skipWhitespace(state)
  if (skip(state, ']')) return
  for (let index = 0; ; index++) {
    readValue(state, `${path}[${index}]`)
    skipWhitespace(state)
    if (skip(state, ']')) return
    if (!skip(state, ',')) throw unexpected(state, 'after array element')
  }
}

function readString(state: State): string {
  const start = state.at++
  for (;;) {
    const character = state.text.charAt(state.at)
    if (character === '' || character < ' ') throw unexpected(state, 'in string literal')
    state.at++
    if (character === '"') break
    if (character === '\\') readEscape(state)
  }
  return JSON.parse(state.text.slice(start, state.at)) as string
}

function readEscape(state: State): void {
  const kind = state.text.charAt(state.at)
  if (kind === '' || !'"\\/bfnrtu'.includes(kind)) {
    throw unexpected(state, 'in string escape code')
  }
  state.at++
  if (kind !== 'u') return
  for (const end = state.at + 4; state.at < end; state.at++) {
    if (!/[\da-fA-F]/.test(state.text.charAt(state.at))) {
      throw unexpected(state, 'in \\u hexadecimal character escape')
    }
  }
}

function readNumber(state: State): void {
  number.lastIndex = state.at
  const found = number.exec(state.text)
  const end = found ? number.lastIndex : state.at + 1
  const rest = state.text.slice(end)
  const context = brokenNumber(found?.[0] ?? '', rest)
  state.at = end
  if (!context) return
  // What follows the valid part: one character, and for an exponent its sign too.
  state.at += /^[.eE]/.test(rest) ? (/^[eE][-+]/.exec(rest)?.[0].length ?? 1) : 0
  throw unexpected(state, context)
}

function brokenNumber(valid: string, rest: string): string | undefined {
  if (valid === '') return 'in numeric literal'
  if (rest.startsWith('.') && !/[.eE]/.test(valid)) return 'after decimal point in numeric literal'
  if (/^[eE]/.test(rest) && !/[eE]/.test(valid)) return 'in exponent of numeric literal'
  return undefined
}

function readLiteral(state: State, first: string): void {
  const literal = literals.find((word) => word.startsWith(first))
  if (first === '' || !literal) throw unexpected(state, 'looking for beginning of value')
  for (const expected of literal) {
    if (state.text[state.at] !== expected) {
      throw unexpected(state, `in literal ${literal} (expecting '${expected}')`)
    }
    state.at++
  }
}

function skipWhitespace(state: State): void {
  whitespace.lastIndex = state.at
  whitespace.test(state.text)
  state.at = whitespace.lastIndex
}

function skip(state: State, character: string): boolean {
  if (state.text[state.at] !== character) return false
  state.at++
  return true
}

function unexpected({ text, at }: State, context: string): Error {
  const code = text.codePointAt(at)
  if (code === undefined) return new Error('unexpected end of JSON input')
  return new Error(`invalid character ${quoteCharacter(String.fromCodePoint(code))} ${context}`)
}

function quoteCharacter(character: string): string {
  if (character === "'") return "'\\''"
  if (character === '"') return `'"'`
  return `'${goQuote(character).slice(1, -1)}'`
}
