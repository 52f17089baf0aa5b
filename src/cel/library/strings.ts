import { CelCostError, CelError } from '../values/cel-error.ts'
import { type Overload, overload } from '../values/overload.ts'
import { CelList, type CelValue } from '../values/values.ts'
import { countLetters } from './conversions.ts'
import { formatText } from './format-text.ts'

/** Longer texts are not made, whatever they would cost: they would fill the memory. */
const longest = 1 << 24

const within = (size: number): void => {
  if (size > longest) throw new CelCostError()
}

const outOfRange = (index: bigint): CelError => new CelError(`index out of range: ${index}`)

function charAt(text: string, index: bigint): string {
  if (index < 0n || index > BigInt(countLetters(text))) throw outOfRange(index)
  const unit = unitIndex(text, Number(index))
  const point = text.codePointAt(unit)
  return point === undefined ? '' : String.fromCodePoint(point)
}

/** A place in UTF-16 as one in code points. */
const letterIndex = (text: string, index: number): bigint =>
  index < 0 ? -1n : BigInt(countLetters(text.slice(0, index)))

/** A place in code points as one in UTF-16. */
function unitIndex(text: string, letter: number): number {
  if (countLetters(text) === text.length) return letter
  let unit = 0
  for (let i = 0; i < letter; i++) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1
  return unit
}

function indexOf(text: string, part: string, from = 0n): bigint {
  if (part === '') return from
  if (from < 0n) throw outOfRange(from)
  if (from >= BigInt(text.length)) return -1n
  return letterIndex(text, text.indexOf(part, unitIndex(text, Number(from))))
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const length = countLetters(text)
  if (part === '') return from ?? BigInt(length)
  if (from === undefined) return letterIndex(text, text.lastIndexOf(part))
  if (from < 0n) throw outOfRange(from)
  if (from >= BigInt(length)) return -1n
  return letterIndex(text, text.lastIndexOf(part, unitIndex(text, Number(from))))
}

function substring(text: string, start: bigint, end?: bigint): string {
  const length = BigInt(countLetters(text))
  if (end !== undefined && start > end) {
    throw new CelError(`invalid substring range. start: ${start}, end: ${end}`)
  }
  if (start < 0n || start > length) throw outOfRange(start)
  if (end !== undefined && (end < 0n || end > length)) throw outOfRange(end)
  const last = end === undefined ? text.length : unitIndex(text, Number(end))
  return text.slice(unitIndex(text, Number(start)), last)
}

function replace(text: string, old: string, by: string, limit = -1n): string {
  const most = limit < 0n ? Infinity : Number(limit)
  if (old === '') {
    const letters = Array.from(text)
    within(text.length + by.length * Math.min(most, letters.length + 1))
    const pieces = letters.map((letter, i) => (i < most ? by + letter : letter))
    return pieces.join('') + (letters.length < most ? by : '')
  }
  const parts = text.split(old)
  const count = Math.min(parts.length - 1, most)
  within(text.length + by.length * count)
  return (
    parts.slice(0, count + 1).join(by) +
    parts
      .slice(count + 1)
      .map((p) => old + p)
      .join('')
  )
}

function split(text: string, separator: string, limit = -1n): CelList {
  if (limit === 0n) return new CelList([])
  const parts = separator === '' ? Array.from(text) : text.split(separator)
  const most = limit < 0n ? parts.length : Number(limit)
  if (parts.length <= most) return new CelList(parts)
  return new CelList([...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)])
}

function join(list: CelList, separator = ''): string {
  let size = 0
  const texts = list.items.map((item) => {
    if (typeof item !== 'string') throw new CelError(`join: invalid input: ${String(item)}`)
    size += item.length + separator.length
    return item
  })
  within(size)
  return texts.join(separator)
}

/** White space as Unicode has it, which Go trims; all of it is one UTF-16 unit. */
function trim(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && whiteSpace.test(text.charAt(start))) start++
  while (end > start && whiteSpace.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

const whiteSpace = /^\p{White_Space}$/u

const lower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())
const upper = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase())

const quoted: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** A text as a literal of CEL. */
const quote = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is quoted.
  `"${text.toWellFormed().replace(/[\u0007-\r\\"]/g, (letter) => quoted[letter] ?? letter)}"`

/** Functions on texts: the standard ones and those of the strings extension (version 2). */
export const strings: readonly Overload[] = [
  overload('string.contains(string): bool', (a: string, b: string) => a.includes(b)),
  overload('string.startsWith(string): bool', (a: string, b: string) => a.startsWith(b)),
  overload('string.endsWith(string): bool', (a: string, b: string) => a.endsWith(b)),
  overload('string.charAt(int): string', charAt),
  overload('string.indexOf(string): int', indexOf),
  overload('string.indexOf(string, int): int', indexOf),
  overload('string.lastIndexOf(string): int', lastIndexOf),
  overload('string.lastIndexOf(string, int): int', lastIndexOf),
  // Only mutations can call it.
  overload('jsonpatch.escapeKey(string): string', (key: string) =>
    key.replace(/[~/]/g, (letter) => (letter === '~' ? '~0' : '~1')),
  ),
  overload('string.lowerAscii(): string', lower),
  overload('string.upperAscii(): string', upper),
  overload('string.replace(string, string): string', replace),
  overload('string.replace(string, string, int): string', replace),
  overload('string.split(string): list<string>', split),
  overload('string.split(string, int): list<string>', split),
  overload('string.substring(int): string', substring),
  overload('string.substring(int, int): string', substring),
  overload('string.trim(): string', trim),
  overload('string.format(list<dyn>): string', (text: string, args: CelList): CelValue => {
    const formatted = formatText(text, args.items)
    within(formatted.length)
    return formatted
  }),
  overload('strings.quote(string): string', quote),
  overload('list<string>.join(): string', join),
  overload('list<string>.join(string): string', join),
]
