/** Whether a text is one address of mail, with a name before it or without, as Go reads it (RFC 5322). */
export function isEmailAddress(text: string): boolean {
  const reader = createReader(text)
  reader.skipSpace()
  const start = reader.at()
  if (readAddress(reader) && reader.atEnd()) return true
  reader.back(start)
  while (readWord(reader)) reader.skipSpace()
  if (!reader.take('<')) return false
  reader.skipSpace()
  if (!readAddress(reader) || !reader.take('>')) return false
  reader.skipSpace()
  return reader.atEnd()
}

interface Reader {
  at(): number
  back(to: number): void
  atEnd(): boolean
  peek(): string
  take(letter: string): boolean
  /** What an expression fits here; it is sticky. */
  read(expression: RegExp): string
  /** Passes spaces and comments. */
  skipSpace(): void
}

function createReader(text: string): Reader {
  let at = 0
  const read = (expression: RegExp): string => {
    expression.lastIndex = at
    const found = expression.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }
  return {
    at: () => at,
    back: (to) => {
      at = to
    },
    atEnd: () => at === text.length,
    peek: () => text[at] ?? '',
    take: (letter) => {
      const isHere = text[at] === letter
      if (isHere) at++
      return isHere
    },
    read,
    skipSpace: () => {
      read(/[ \t]*/y)
      while (text[at] === '(') {
        at = endOfComment(text, at)
        read(/[ \t]*/y)
      }
    },
  }
}

/** Behind the bracket that closes a comment; comments may stand in one. */
function endOfComment(text: string, start: number): number {
  let open = 0
  for (let at = start; at < text.length; at++) {
    const letter = text[at]
    if (letter === '\\') at++
    if (letter === '(') open++
    if (letter === ')' && --open === 0) return at + 1
  }
  return text.length
}

const atoms = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\uffff]+/y

function readAddress(reader: Reader): boolean {
  const isLocal = reader.peek() === '"' ? readQuoted(reader) : readDotted(reader)
  if (!isLocal) return false
  reader.skipSpace()
  if (!reader.take('@')) return false
  reader.skipSpace()
  const isDomain = reader.peek() === '[' ? readLiteral(reader) : readDotted(reader)
  reader.skipSpace()
  return isDomain
}

/** Atoms with single dots between them. */
function readDotted(reader: Reader): boolean {
  do {
    if (reader.read(atoms) === '') return false
  } while (reader.take('.'))
  return true
}

function readLiteral(reader: Reader): boolean {
  reader.take('[')
  return reader.read(/[!-Z^-~]+/y) !== '' && reader.take(']')
}

function readQuoted(reader: Reader): boolean {
  if (!reader.take('"')) return false
  reader.read(/(?:[^"\\\r\n]|\\[^\r\n])*/y)
  return reader.take('"')
}

/** A word of a name; dots may stand in it. */
function readWord(reader: Reader): boolean {
  if (reader.peek() === '"') return readQuoted(reader)
  return reader.read(/[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\u0080-\uffff]+/y) !== ''
}
