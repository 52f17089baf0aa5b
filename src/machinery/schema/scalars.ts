/** Decoding of single values as Go's types decode themselves. */

import { formatQuantity, parseQuantity } from '../quantity/quantity.ts'
import { formatDuration, parseDuration } from '../values/duration.ts'
import { goQuote } from '../values/go-format.ts'
import { formatMicroTime, formatTime, parseTime } from '../values/time.ts'
import type { PlainForm } from './schema-node.ts'

/** A value that has the wrong JSON type; the walker adds where. */
export interface Mismatch {
  readonly kind: 'mismatch'
  /** As Go names it: `string`, `number 1.5`, `object`. */
  readonly given: string
  readonly wanted: string
}

/** A value as it is stored, or why it cannot be. */
export type ScalarResult = { readonly kind: 'value'; readonly value: unknown } | Mismatch

/** The zero value that a null in a list or map stands for. */
export const zeroOf: Readonly<Record<PlainForm, unknown>> = {
  string: '',
  bool: false,
  int32: 0,
  int64: 0,
  double: 0,
  bytes: '',
  quantity: '0',
  intOrString: 0,
  time: null,
  microTime: null,
  duration: '0s',
}

/**
 * Decodes one value and brings it into the form that Go would write: quantities canonical, times in
 * UTC. @throws Error with the text of the type's own parser, such as that of quantities.
 */
export function decodeScalar(form: PlainForm, value: unknown): ScalarResult {
  switch (form) {
    case 'string':
      return typeof value === 'string' ? accept(value) : mismatch(value, 'string')
    case 'bool':
      return typeof value === 'boolean' ? accept(value) : mismatch(value, 'bool')
    case 'double':
      return isNumber(value) ? accept(Number(value)) : mismatch(value, 'float64')
    case 'int32':
      return decodeInteger(value, 'int32', 2 ** 31)
    case 'int64':
      return decodeInteger(value, 'int64', 2 ** 63)
    case 'bytes':
      return typeof value === 'string' ? accept(checkBase64(value)) : mismatch(value, '[]uint8')
    case 'quantity':
      return decodeQuantity(value)
    case 'intOrString':
      if (typeof value === 'string') return accept(value)
      return decodeInteger(value, 'int32', 2 ** 31)
    case 'time':
      return decodeTime(value, formatTime, time)
    case 'microTime':
      return decodeTime(value, formatMicroTime, microTime)
    case 'duration':
      if (typeof value !== 'string') return mismatch(value, 'string')
      return accept(formatDuration(parseDuration(value)))
  }
}

/** How Go names the JSON type of a value. */
export function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'bigint') return 'number'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function accept(value: unknown): ScalarResult {
  return { kind: 'value', value }
}

function mismatch(value: unknown, wanted: string): Mismatch {
  return { kind: 'mismatch', given: jsonTypeOf(value), wanted }
}

function decodeInteger(value: unknown, wanted: string, bound: number): ScalarResult {
  if (!isNumber(value)) return mismatch(value, wanted)
  if (Number.isInteger(value) && value < bound && value >= -bound) return accept(value)
  return { kind: 'mismatch', given: `number ${value}`, wanted }
}

function decodeQuantity(value: unknown): ScalarResult {
  if (typeof value === 'string' || typeof value === 'number') {
    return accept(formatQuantity(parseQuantity(value)))
  }
  if (typeof value === 'bigint') return accept(formatQuantity(parseQuantity(String(value))))
  // The type reads any JSON text as if it were its own.
  return accept(formatQuantity(parseQuantity(JSON.stringify(value))))
}

interface TimeForm {
  /** As Go's errors quote it. */
  readonly layout: string
  /** Of a text in UTC that has all its digits, and no more. */
  readonly canonicalLength: number
}

const time: TimeForm = { layout: '2006-01-02T15:04:05Z07:00', canonicalLength: 20 }
const microTime: TimeForm = { layout: '2006-01-02T15:04:05.000000Z07:00', canonicalLength: 27 }

function decodeTime(
  value: unknown,
  format: (ms: number) => string,
  { layout, canonicalLength }: TimeForm,
): ScalarResult {
  if (typeof value !== 'string') {
    throw new Error(`json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type string`)
  }
  const ms = parseTime(value)
  if (ms !== undefined) {
    const isCanonical = value.length === canonicalLength && value.endsWith('Z')
    return accept(isCanonical ? value : format(ms))
  }
  throw new Error(
    `parsing time ${goQuote(value)} as ${goQuote(layout)}: cannot parse ${goQuote(value)} as "2006"`,
  )
}

function checkBase64(text: string): string {
  const compact = text.replace(/[\r\n]/g, '')
  const bad = /[^A-Za-z0-9+/=]|=(?=[^=])/.exec(compact)?.index
  const wrongEnd = compact.length % 4 !== 0 || compact.endsWith('===') ? compact.length : undefined
  const position = bad ?? wrongEnd
  if (position === undefined) return compact
  throw new Error(`illegal base64 data at input byte ${position}`)
}
