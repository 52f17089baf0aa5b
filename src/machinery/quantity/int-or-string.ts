import { goQuote } from '../values/go-format.ts'

/** A number, or a text such as `25%` or the name of a port. */
export type IntOrString = number | string

/**
 * A number as it is, or the share of `total` that a percentage names.
 * @throws Error with the text of apimachinery's `GetScaledValueFromIntOrPercent` for any other text.
 */
export function scaledValue(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value
  const exact = (parsePercent(value) * total) / 100
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact)
}

/** Whether a value is a percentage. */
export function isPercent(value: IntOrString): value is string {
  return typeof value === 'string' && value.endsWith('%')
}

function parsePercent(text: string): number {
  const head = 'invalid value for IntOrString'
  if (!text.endsWith('%')) throw new Error(`${head}: invalid type: string is not a percentage`)
  const number = text.slice(0, -1)
  if (/^[+-]?\d+$/.test(number)) return Number(number)
  throw new Error(
    `${head}: invalid value ${goQuote(text)}: strconv.Atoi: parsing ${goQuote(number)}: invalid syntax`,
  )
}
