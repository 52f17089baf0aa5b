import { memoized } from '#lib'

/**
 * A quantity (resource.Quantity) is an exact fixed-point number with the family of suffixes it was written in.
 * Values are kept in billionths, the finest that upstream represents.
 */
export interface Quantity {
  readonly nanos: bigint
  readonly format: QuantityFormat
  /** The text as it was written, where upstream gives that back instead of the canonical form. */
  readonly text?: string
}

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

const nano = 10n ** 9n
const maxInt64 = (1n << 63n) - 1n
/** Larger exponents are refused, since the number would fill the memory; upstream has no such bound. */
const maxExponent = 1000
/** Digits that always fit an int64: the limit of upstream's fast path. */
const maxFastDigits = 18

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
/** Every character has one place only where it can go, so that the time grows with the length. */
const shape = /^([+-]?)(\d*)(?:\.(\d*))?((?:[eEinumkKMGTP]+[-+]?\d*|[-+]\d*)?)$/
/** Longer texts are refused before they are looked at; upstream has no such bound. */
const maxLength = 1000

/** This quantity is zero, in the decimal format. */
export const zeroQuantity: Quantity = Object.freeze({ nanos: 0n, format: 'DecimalSI' })

/**
 * Reads `1500m`, `1.5Gi`, `12e6` or a JSON number. What is finer than a billionth rounds away from
 * zero, and binary quantities stop at 2^63-1, as upstream's do.
 * @throws Error with the text of apimachinery's `ParseQuantity`.
 */
export function parseQuantity(source: string | number): Quantity {
  return remembered(source)
}

/** The same few amounts are read over and over: of every pod by the scheduler, of every node. */
const remembered = memoized(parse, 10_000, 40)

function parse(source: string | number): Quantity {
  const text = typeof source === 'number' ? String(source) : source.trim()
  const match = text === '' || text.length > maxLength ? null : shape.exec(text)
  if (!match) {
    throw new Error(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    )
  }
  const [, sign = '', leading = '', fraction = '', suffixText = ''] = match
  const suffix = interpretSuffix(suffixText)
  if (!suffix) throw new Error("unable to parse quantity's suffix")
  const whole = leading.replace(/^0+/, '')
  const magnitude = toNanos(BigInt(`0${whole}${fraction}`), fraction.length, suffix)
  const capped =
    suffix.format === 'BinarySI' && magnitude > maxInt64 * nano ? maxInt64 * nano : magnitude
  const isFraction = suffix.format === 'BinarySI' && capped > 0n && capped < nano
  const quantity = {
    nanos: sign === '-' ? -capped : capped,
    format: isFraction ? 'DecimalSI' : suffix.format,
  } as const
  const hasText = keepsText(whole === '' ? '0' : whole, fraction, suffix)
  return Object.freeze(hasText ? { ...quantity, text } : quantity)
}

/** The quantity of a text, or undefined for one that cannot be read. */
export function tryParseQuantity(source: string | number): Quantity | undefined {
  // What is not stated is by far the most common that cannot be read, and errors are dear.
  if (source === '') return undefined
  try {
    return parseQuantity(source)
  } catch {
    return undefined
  }
}

/** A whole number of units. */
export function quantityOf(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nanos: BigInt(value) * nano, format }
}

/** A whole number of thousandths. */
export function milliQuantity(value: number | bigint): Quantity {
  return { nanos: BigInt(value) * 1_000_000n, format: 'DecimalSI' }
}

/** The text that goes over the wire. */
export function formatQuantity(quantity: Quantity): string {
  return quantity.text ?? canonical(quantity)
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
}

/** The sum, in the format of `a` unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

/** The difference, in the format of `a` unless that is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

/** In whole units, rounded away from zero. Exact up to 2^53. */
export function quantityValue(quantity: Quantity): number {
  return Number(divideUp(quantity.nanos, nano))
}

/** In whole thousandths, rounded away from zero. Exact up to 2^53. */
export function quantityMilliValue(quantity: Quantity): number {
  return Number(divideUp(quantity.nanos, 1_000_000n))
}

/** As a floating-point number, for ratios. */
export function quantityNumber(quantity: Quantity): number {
  return Number(quantity.nanos / nano) + Number(quantity.nanos % nano) / 1e9
}

interface Suffix {
  readonly base: 2 | 10
  readonly exponent: number
  readonly format: QuantityFormat
}

function interpretSuffix(text: string): Suffix | undefined {
  const decimal = decimalSuffixes.indexOf(text)
  if (decimal >= 0) return { base: 10, exponent: decimal * 3 - 9, format: 'DecimalSI' }
  const binary = binarySuffixes.indexOf(text)
  if (binary >= 0) return { base: 2, exponent: binary * 10, format: 'BinarySI' }
  if (!/^[eE][-+]?\d+$/.test(text)) return undefined
  const exponent = Number(text.slice(1))
  if (exponent > maxExponent) return undefined
  return { base: 10, exponent: Math.max(exponent, -maxExponent), format: 'DecimalExponent' }
}

function toNanos(digits: bigint, decimals: number, { base, exponent }: Suffix): bigint {
  const scaled = base === 2 ? digits << BigInt(exponent) : digits
  const power = 9 - decimals + (base === 10 ? exponent : 0)
  return power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(-power))
}

/**
 * Upstream gives the text back when a cheap test on the digits says that it is canonical. The test
 * lets some through that are not (`1.500`, `12.345`), and clients see those unchanged.
 */
function keepsText(whole: string, fraction: string, { format, exponent }: Suffix): boolean {
  const digits = whole + fraction
  if (format === 'BinarySI') {
    const precision = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1
    return fraction === '' && precision >= 0 && (BigInt(whole) & 7n) !== 0n
  }
  const scale = exponent - fraction.length
  if (digits.length > maxFastDigits || scale < -9 || scale % 3 !== 0) return false
  return !digits.endsWith('000') && !digits.startsWith('0')
}

function canonical({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0'
  const units = nanos / nano
  const isWhole = nanos % nano === 0n
  const isSmall = units > -1024n && units < 1024n
  if (format === 'BinarySI' && isWhole && !isSmall) {
    const [mantissa, times] = removeFactors(units, 1024n, binarySuffixes.length - 1)
    return `${mantissa}${binarySuffixes[times]}`
  }
  const [mantissa, thousands] = removeFactors(nanos, 1000n, Number.POSITIVE_INFINITY)
  const suffix = format === 'DecimalExponent' ? undefined : decimalSuffixes[thousands]
  const exponent = thousands * 3 - 9
  return `${mantissa}${suffix ?? (exponent === 0 ? '' : `e${exponent}`)}`
}

function removeFactors(value: bigint, factor: bigint, most: number): [bigint, number] {
  let [rest, times] = [value, 0]
  while (times < most && rest % factor === 0n) {
    rest /= factor
    times++
  }
  return [rest, times]
}

/** Division that rounds away from zero. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  if (value % divisor === 0n) return quotient
  return value < 0n ? quotient - 1n : quotient + 1n
}
