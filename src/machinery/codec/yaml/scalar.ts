/**
 * Scalars of YAML 1.1 as go-yaml reads them for Kubernetes: `on` is true and `012` is ten, but times
 * of day, dates and what fits no other type stay strings.
 */

import { integerOf } from '../../values/json.ts'

const booleans: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['y', 'yes', 'true', 'on'].flatMap((word) => spellings(word, true)),
  ...['n', 'no', 'false', 'off'].flatMap((word) => spellings(word, false)),
])

const nulls = new Set(['', '~', 'null', 'Null', 'NULL'])

const unbounded: Readonly<Record<string, number>> = Object.fromEntries(
  ['.inf', '.Inf', '.INF'].flatMap((word): [string, number][] => [
    [word, Number.POSITIVE_INFINITY],
    [`+${word}`, Number.POSITIVE_INFINITY],
    [`-${word}`, Number.NEGATIVE_INFINITY],
  ]),
)
const notNumbers = new Set(['.nan', '.NaN', '.NAN'])

/** Longer ones are no numbers that anybody writes, and to read their digits would cost too much. */
const maxNumberLength = 1000

const integer = /^[-+]?(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/
const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/
/** The largest integers that Go has; beyond them a number is a float. */
const maxUint64 = 2n ** 64n

type Scalar = string | number | bigint | boolean | null

/** What a plain scalar without a tag stands for. */
export function plainScalar(text: string): Scalar {
  if (nulls.has(text)) return null
  if (Object.hasOwn(booleans, text)) return booleans[text] as boolean
  return numberOf(text) ?? text
}

function numberOf(text: string): number | bigint | undefined {
  const first = text.charCodeAt(0)
  const isDigit = first >= 0x30 && first <= 0x39
  // Go sends only what begins so through its readers of numbers.
  if (!isDigit && first !== 0x2b && first !== 0x2d && first !== 0x2e) return undefined
  if (Object.hasOwn(unbounded, text)) return unbounded[text]
  if (notNumbers.has(text)) return Number.NaN
  if (text.length > maxNumberLength) return undefined
  const digits = first === 0x2e ? text : text.replaceAll('_', '')
  if (integer.test(digits)) return wholeNumber(digits)
  return float.test(digits) ? finite(Number(digits)) : undefined
}

function wholeNumber(digits: string): number | bigint | undefined {
  const isNegative = digits.startsWith('-')
  const magnitude = digits.replace(/^[-+]/, '')
  const based = /^0[0-7]/.test(magnitude) ? `0o${magnitude.slice(1)}` : magnitude
  const value = BigInt(based)
  // Too large for an integer it is a float, which is written in decimal only.
  if (value >= maxUint64) return float.test(digits) ? finite(Number(digits)) : undefined
  return integerOf(isNegative && value !== 0n ? `-${value}` : `${value}`)
}

/** Go refuses what does not fit a float, so that the text stays a string. */
function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

const coreTags = new Set(['null', 'bool', 'int', 'float', 'timestamp'])

/**
 * What a scalar with a tag stands for, by the tag's short name: `str` of `!!str`. Tags that are not
 * YAML's own leave the text alone.
 * @throws Error with go-yaml's text when the text is not of that type.
 */
export function taggedScalar(tag: string, text: string): Scalar {
  if (tag === 'binary') return decodedBinary(text)
  if (!coreTags.has(tag)) return text
  const value = plainScalar(text)
  const type = typeOf(value)
  if (type === tag || tag === 'timestamp' || (tag === 'float' && type === 'int')) return value
  throw new Error(`cannot decode !!${type} \`${text}\` as a !!${tag}`)
}

function typeOf(value: Scalar): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'str'
  return typeof value === 'bigint' || Number.isInteger(value) ? 'int' : 'float'
}

function decodedBinary(text: string): string {
  const packed = text.replaceAll(/\s/g, '')
  const bytes = Buffer.from(packed, 'base64')
  if (bytes.toString('base64') === packed) return bytes.toString('utf8')
  throw new Error('!!binary value contains invalid base64 data')
}

function spellings(word: string, value: boolean): [string, boolean][] {
  const capital = word.charAt(0).toUpperCase() + word.slice(1)
  return [
    [word, value],
    [capital, value],
    [word.toUpperCase(), value],
  ]
}
