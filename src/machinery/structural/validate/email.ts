import { isStrictIp } from './ip-formats.ts'

/** Whether a text is one address of mail, with a name before it or without, as Go reads it (RFC 5322). */
export function isEmailAddress(text: string): boolean {
  const reader = createReader(text)
  return readAddress(reader, true) === 1 && reader.skipComments() && reader.atEnd()
}

interface Reader {
  atEnd(): boolean
  peek(): string
  take(letter: string): boolean
  /** What an expression fits here; it is sticky. */
  read(expression: RegExp): string
  skipSpace(): void
  /** Passes spaces and comments; false for a comment that does not end. */
  skipComments(): boolean
  /** Goes back to where it was if the reading fails. */
  attempt(reading: () => boolean): boolean
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
    atEnd: () => at >= text.length,
    peek: () => text[at] ?? '',
    take: (letter) => {
      const isHere = text[at] === letter
      if (isHere) at++
      return isHere
    },
    read,
    skipSpace: () => {
      read(/[ \t]*/y)
    },
    skipComments: () => {
      read(/[ \t]*/y)
      while (text[at] === '(') {
        const end = endOfComment(text, at)
        if (end === undefined) return false
        at = end
        read(/[ \t]*/y)
      }
      return true
    },
    attempt: (reading) => {
      const start = at
      const isRead = reading()
      if (!isRead) at = start
      return isRead
    },
  }
}

/** Behind the bracket that closes a comment; comments may stand in one. */
function endOfComment(text: string, start: number): number | undefined {
  let open = 0
  for (let at = start; at < text.length; at++) {
    const letter = text[at]
    if (letter === '\\') at++
    if (letter === '(') open++
    if (letter === ')' && --open === 0) return at + 1
  }
  return undefined
}

/** How many addresses are read: one, those of a group, or undefined where there is none to read. */
function readAddress(reader: Reader, allowsGroup: boolean): number | undefined {
  reader.skipSpace()
  if (reader.atEnd()) return undefined
  if (reader.attempt(() => readPlain(reader))) {
    reader.skipSpace()
    return reader.peek() !== '(' || reader.skipComments() ? 1 : undefined
  }
  if (reader.peek() !== '<' && !readPhrase(reader)) return undefined
  reader.skipSpace()
  if (allowsGroup && reader.take(':')) return readGroup(reader)
  return reader.take('<') && readPlain(reader) && reader.take('>') ? 1 : undefined
}

function readGroup(reader: Reader): number | undefined {
  reader.skipSpace()
  if (reader.take(';')) return 0
  for (let count = 1; ; count++) {
    if (readAddress(reader, false) === undefined || !reader.skipComments()) return undefined
    if (reader.take(';')) return count
    if (!reader.take(',')) return undefined
  }
}

/** `local@domain`. */
function readPlain(reader: Reader): boolean {
  reader.skipSpace()
  const local = reader.peek() === '"' ? readQuoted(reader) : readDotted(reader)
  if (!local || !reader.take('@')) return false
  reader.skipSpace()
  if (!reader.take('[')) return readDotted(reader) !== ''
  const address = reader.read(/[!-Z^-~\u0080-\uffff]*/y)
  return reader.take(']') && isStrictIp(address)
}

/** Atoms with single dots between them; empty where there are none. */
function readDotted(reader: Reader): string {
  const atom = readAtom(reader)
  const isDotted = !atom.startsWith('.') && !atom.endsWith('.') && !atom.includes('..')
  return isDotted ? atom : ''
}

function readAtom(reader: Reader): string {
  return reader.read(/[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\u0080-\uffff]*/y)
}

/** What stands between quotes; undefined where they are not closed. */
function readQuoted(reader: Reader): string | undefined {
  let inside = ''
  const isClosed = reader.attempt(() => {
    reader.take('"')
    inside = reader.read(/(?:[ \t!#-[\]-~\u0080-\uffff]|\\[ \t!-~\u0080-\uffff])*/y)
    return reader.take('"')
  })
  return isClosed ? inside : undefined
}

/** One word or several: a name. */
function readPhrase(reader: Reader): boolean {
  for (let words = 0; ; words++) {
    if (words > 0 && !reader.skipComments()) return false
    reader.skipSpace()
    const isQuoted = reader.peek() === '"'
    const isWord = isQuoted ? readQuoted(reader) !== undefined : isPhraseWord(readAtom(reader))
    if (!isWord) return words > 0
  }
}

/** A word in letters of another alphabet must be in one that Go knows, and say something. */
function isPhraseWord(word: string): boolean {
  const [, charset, text] = /^=\?([^?]+)\?[bqBQ]\?([^?]*)\?=$/.exec(word) ?? []
  if (charset === undefined) return word !== ''
  return text !== '' && charsets.has(charset.toLowerCase())
}

const charsets: ReadonlySet<string> = new Set(['utf-8', 'iso-8859-1', 'us-ascii'])
