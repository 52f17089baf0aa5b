import { tokenAt } from './tokens.ts'

/**
 * An expression as the library can read it. What it does not read is written otherwise: the marks of optional
 * elements (`[?a]`, `{?"k": v}`) become spaces, and a message `Object.spec{replicas: 1}` becomes the index
 * `Object.spec[{"replicas": 1}]`. It is remembered where that was done.
 */
export interface PreparedSource {
  readonly text: string
  /** Where the marks of optional elements stood in `text`. */
  readonly marks: readonly number[]
  /** Where a bracket in `text` stands behind the name of a message. */
  readonly messages: ReadonlySet<number>
  /** Where the quoted name of a field of a message begins in `text`. */
  readonly fieldNames: ReadonlySet<number>
  /** The place in the expression of a place in `text`. */
  originalOf(at: number): number
}

/** Writes an expression so that the library can read it, in one pass. */
export function prepareSource(source: string): PreparedSource {
  if (!/[?{]/.test(source)) return unchanged(source)
  const scan: Scan = { source, writer: new Writer(source), open: [], last: firstToken }
  for (let i = 0; i < source.length; ) {
    const { kind, end } = tokenAt(source, i)
    if (kind !== '') scan.last = { kind: take(scan, { kind, start: i, end }), start: i, end }
    i = end
  }
  return scan.writer.finish()
}

interface SeenToken {
  readonly kind: string
  readonly start: number
  readonly end: number
}

/** How far the pass has come. */
interface Scan {
  readonly source: string
  readonly writer: Writer
  /** The brackets that are open; `message` for those of a message. */
  readonly open: string[]
  /** The token before. */
  last: SeenToken
}

const firstToken: SeenToken = { kind: ',', start: 0, end: 0 }

/** Takes in a token; gives what it counts as for the next one. */
function take(scan: Scan, token: SeenToken): string {
  const { source, writer, open, last } = scan
  switch (token.kind) {
    case '?':
      if (!startsElement(last.kind)) return '?'
      writer.blank(token.start)
      return 'mark'
    case '{': {
      const isMessage = isName(source, last)
      if (isMessage) writer.insert('[', last.end, 'message')
      open.push(isMessage ? 'message' : '{')
      return '{'
    }
    case '(':
      open.push('(')
      return '('
    case '[':
      open.push('[')
      // A bracket behind an operand is that of an index, where a mark means something else.
      return isOperand(last.kind) ? 'index' : '['
    case ')':
    case ']':
    case '}':
      if (open.pop() === 'message') writer.insert(']', token.end)
      return token.kind
    default:
      if (isFieldName(scan, token)) {
        writer.insert('"', token.start, 'field')
        writer.insert('"', token.end)
      }
      return token.kind
  }
}

const unchanged = (text: string): PreparedSource => ({
  text,
  marks: [],
  messages: new Set(),
  fieldNames: new Set(),
  originalOf: (at) => at,
})

const startsElement = (kind: string): boolean => kind === ',' || kind === '{' || kind === '['
const isOperand = (kind: string): boolean =>
  kind === 'word' || kind === 'text' || kind === ')' || kind === ']' || kind === '}'

/** Whether a token is a name, behind which a brace is that of a message. */
function isName(source: string, { kind, start, end }: SeenToken): boolean {
  if (kind !== 'word' || !/[A-Za-z_]/.test(source.charAt(start))) return false
  const word = source.slice(start, end)
  return word !== 'true' && word !== 'false' && word !== 'null'
}

/** Whether a token is the name of a field of a message: it stands at its beginning, before a colon. */
function isFieldName({ source, open, last }: Scan, { kind, end }: SeenToken): boolean {
  if (kind !== 'word' || open.at(-1) !== 'message') return false
  if (last.kind !== '{' && last.kind !== ',' && last.kind !== 'mark') return false
  let next = tokenAt(source, end)
  while (next.kind === '' && next.end < source.length) next = tokenAt(source, next.end)
  return next.kind === ':'
}

/** Puts the text together from that of the expression and what is inserted. */
class Writer {
  readonly #source: string
  readonly #parts: string[] = []
  /** Where something was inserted in the expression, in order. */
  readonly #inserted: number[] = []
  readonly #marks: number[] = []
  readonly #messages = new Set<number>()
  readonly #fieldNames = new Set<number>()
  #copied = 0

  constructor(source: string) {
    this.#source = source
  }

  insert(text: string, at: number, noted?: 'message' | 'field'): void {
    const place = at + this.#inserted.length
    if (noted === 'message') this.#messages.add(place)
    if (noted === 'field') this.#fieldNames.add(place)
    this.#copyTo(at)
    this.#parts.push(text)
    this.#inserted.push(at)
  }

  /** Puts a space in the place of a letter. */
  blank(at: number): void {
    this.#copyTo(at)
    this.#parts.push(' ')
    this.#marks.push(at + this.#inserted.length)
    this.#copied = at + 1
  }

  finish(): PreparedSource {
    this.#copyTo(this.#source.length)
    const inserted = this.#inserted
    return {
      text: this.#parts.join(''),
      marks: this.#marks,
      messages: this.#messages,
      fieldNames: this.#fieldNames,
      originalOf: (at) => at - countBefore(inserted, at),
    }
  }

  #copyTo(end: number): void {
    this.#parts.push(this.#source.slice(this.#copied, end))
    this.#copied = end
  }
}

/** How many insertions stand before a place of the text; they are in order. */
function countBefore(inserted: readonly number[], at: number): number {
  let low = 0
  let high = inserted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((inserted[middle] ?? 0) + middle < at) low = middle + 1
    else high = middle
  }
  return low
}
