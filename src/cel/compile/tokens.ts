/** A token of an expression, as far as brackets, names and marks need it. */
interface Token {
  /** `word`, `text`, the character itself for others, and nothing for white space and comments. */
  readonly kind: string
  readonly end: number
}

/** The token that begins at a place. */
export function tokenAt(source: string, start: number): Token {
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
