/**
 * The marks of optional elements, `[?a]` and `{?"k": v}`, which the library does not read: they are taken out, with a
 * space in the place of each, so that all else stays where it is.
 */
export interface WithoutMarks {
  readonly text: string
  /** Where they stood. */
  readonly marks: readonly number[]
}

/** Takes the marks of optional elements out of an expression. */
export function withoutOptionalMarks(source: string): WithoutMarks {
  if (!source.includes('?')) return { text: source, marks: [] }
  const marks: number[] = []
  let last = ','
  for (let i = 0; i < source.length; ) {
    const { kind, end } = tokenAt(source, i)
    if (kind === '?' && startsElement(last)) marks.push(i)
    // A bracket behind an operand is that of an index, where a mark means something else.
    if (kind !== '') last = kind === '[' && isOperand(last) ? 'index' : kind
    i = end
  }
  const letters = source.split('')
  for (const mark of marks) letters[mark] = ' '
  return { text: letters.join(''), marks }
}

const startsElement = (kind: string): boolean => kind === ',' || kind === '{' || kind === '['
const isOperand = (kind: string): boolean =>
  kind === 'word' || kind === 'text' || kind === ')' || kind === ']' || kind === '}'

interface Token {
  /** `word`, `text`, the character itself for others, and nothing for white space and comments. */
  readonly kind: string
  readonly end: number
}

function tokenAt(source: string, start: number): Token {
  const letter = source.charAt(start)
  if (letter === '/' && source[start + 1] === '/') {
    const end = source.indexOf('\n', start)
    return { kind: '', end: end < 0 ? source.length : end + 1 }
  }
  if (letter === '"' || letter === "'") return { kind: 'text', end: endOfText(source, start) }
  if (!/\w/.test(letter)) return { kind: letter.trim(), end: start + 1 }
  let end = start + 1
  while (/\w/.test(source.charAt(end))) end++
  return { kind: source.slice(start, end) === 'in' ? 'in' : 'word', end }
}

/** Behind the text that begins with this quote, read as the library reads it. */
function endOfText(source: string, start: number): number {
  const quote = source.charAt(start)
  const triple = quote.repeat(3)
  const closing = source.startsWith(triple, start) ? triple : quote
  for (let i = start + closing.length; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source.startsWith(closing, i)) return i + closing.length
  }
  return source.length
}
