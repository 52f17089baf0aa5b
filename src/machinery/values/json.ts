/**
 * JSON with all digits of its integers. Those of 64 bits that a number of JavaScript cannot hold exactly
 * are bigints; all others are numbers, and only texts that have such a one pay for it.
 */

/** Whether a text may hold an integer that is too long for a number; strings with digits may be meant. */
function mayHoldLongInteger(text: string): boolean {
  return longInteger.test(text)
}

/** The shortest integer that is not exact has 16 digits. */
const longInteger = /[\s:[,-]\d{16}|^\d{16}/

/** The value of a JSON text. @throws SyntaxError as `JSON.parse` does. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return mayHoldLongInteger(text) ? readExactly(text) : value
}

/** The value of a text that is known to be JSON, with its long integers as bigints. */
export function readExactly(text: string): unknown {
  return readValue({ text, at: 0 })
}

/** The JSON text of a value, indented by so many blanks if that is wanted. */
export function encodeJson(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, undefined, indent)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return textOf(value, indent === 0 ? '' : ' '.repeat(indent), '\n') ?? 'null'
  }
}

/** What a literal without a fraction stands for: Go reads it as an int64 where that holds it. */
export function integerOf(digits: string): number | bigint {
  const number = Number(digits)
  if (Number.isSafeInteger(number) || Math.abs(number) > 2 ** 63) return number
  const exact = BigInt(digits)
  return BigInt.asIntN(64, exact) === exact ? exact : number
}

interface Reading {
  readonly text: string
  at: number
}

const token = /[ \t\r\n]*([{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+)/y
const integer = /^-?\d+$/

function nextToken(reading: Reading): string {
  token.lastIndex = reading.at
  const found = token.exec(reading.text)?.[1] ?? ''
  reading.at = token.lastIndex
  return found
}

function readValue(reading: Reading, first = nextToken(reading)): unknown {
  if (first === '{') return readObject(reading)
  if (first === '[') return readArray(reading)
  return integer.test(first) ? integerOf(first) : JSON.parse(first)
}

function readArray(reading: Reading): readonly unknown[] {
  const items: unknown[] = []
  for (let each = nextToken(reading); each !== ']'; each = nextToken(reading)) {
    if (each !== ',') items.push(readValue(reading, each))
  }
  return items
}

function readObject(reading: Reading): unknown {
  const entries: (readonly [string, unknown])[] = []
  for (let each = nextToken(reading); each !== '}'; each = nextToken(reading)) {
    if (each === ',') continue
    // Cast: keys of objects are texts.
    const key = JSON.parse(each) as string
    nextToken(reading)
    entries.push([key, readValue(reading)])
  }
  // fromEntries defines keys, so that even `__proto__` is only a key.
  return Object.fromEntries(entries)
}

/** As `JSON.stringify` writes it; undefined for what it leaves out. */
function textOf(value: unknown, indent: string, line: string): string | undefined {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = line + indent
  const isList = Array.isArray(value)
  const parts = isList
    ? value.map((item) => textOf(item, indent, inner) ?? 'null')
    : membersOf(value, indent, inner)
  const [open, close] = isList ? '[]' : '{}'
  if (parts.length === 0) return `${open}${close}`
  if (indent === '') return `${open}${parts.join(',')}${close}`
  return `${open}${inner}${parts.join(`,${inner}`)}${line}${close}`
}

function membersOf(value: object, indent: string, inner: string): readonly string[] {
  const parts: string[] = []
  for (const [key, member] of Object.entries(value)) {
    const text = textOf(member, indent, inner)
    if (text !== undefined) parts.push(`${JSON.stringify(key)}:${indent && ' '}${text}`)
  }
  return parts
}
