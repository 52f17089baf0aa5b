import { encodeJson } from './json.ts'

/** Text as Go prints it, where upstream's messages quote a value with `%q`, `%v` or `%#v`. */

const escapes: Readonly<Record<string, string>> = {
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

/** What Go's `unicode.IsPrint` calls not printable; of all spaces only U+0020 is printable. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u
const needsEscape = /["\\]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u

/** `%q` of a string (`strconv.Quote`). */
export function goQuote(text: string): string {
  if (!needsEscape.test(text)) return `"${text}"`
  let out = '"'
  for (const character of text) out += escapes[character] ?? escapeRune(character)
  return `${out}"`
}

/** `%#v` of a `[]string`. */
export function goStringSlice(values: readonly string[]): string {
  return `[]string{${values.map(goQuote).join(', ')}}`
}

/** `%v` of a value that was decoded from JSON: `map[a:1 b:[x <nil>]]`. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return goList(value.map(goValue))
  if (typeof value === 'number') return goNumber(value)
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map${goList(entries.map(([name, child]) => `${name}:${goValue(child)}`))}`
}

/** `%v` of a list: `[a b]`. */
export function goList(values: readonly string[]): string {
  return `[${values.join(' ')}]`
}

/** Whether Go's `unicode.IsPrint` holds for a character. */
export function isPrintable(character: string): boolean {
  return !unprintable.test(character)
}

/** Whether a text is a name as components have them: printable ASCII, and within every limit of names. */
export function isPlainName(text: string): boolean {
  return plainName.test(text)
}

const plainName = /^[\x20-\x7e]{0,128}$/

/** `%#U`: `U+0007`, or `U+0041 'A'` when the character is printable. */
export function goUnicode(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return isPrintable(character) ? `U+${code} '${character}'` : `U+${code}`
}

/** `%v` of a number that JSON gave: an integer as it is, any other as Go writes a `float64`. */
export function goNumber(value: number): string {
  return isGoInteger(value) ? value.toString() : goFloat(value)
}

/** Whether Go reads a number of JSON as an `int64`. */
export function isGoInteger(value: number | bigint): boolean {
  return typeof value === 'bigint' || isInt64(value)
}

function isInt64(value: number): boolean {
  return Number.isInteger(value) && value < 2 ** 63 && value >= -(2 ** 63)
}

/** `%v` of a `float64`: the fewest digits, with an exponent from a million on. */
export function goFloat(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return value.toString()
  return `${mantissa}e${power < 0 ? '-' : '+'}${Math.abs(power).toString().padStart(2, '0')}`
}

/** JSON as Go's `json.Marshal` writes it: map keys sorted, `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  if (typeof value === 'string' && isPlainText.test(value)) return `"${value}"`
  return encodeJson(sortedKeys(value) ?? null).replace(/[<>&\u2028\u2029]/g, unicodeEscape)
}

/** The length in bytes of a string's UTF-8 form, which is what Go's `len` counts. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text)
}

function escapeRune(character: string): string {
  if (isPrintable(character)) return character
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** Nothing that JSON or Go escapes. */
const isPlainText = /^[A-Za-z0-9 ._:/-]*$/

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** A value whose maps have their keys in the order in which Go writes them. */
export function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, child]) => [key, sortedKeys(child)]))
}
