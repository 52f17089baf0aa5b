/** Validations of numbers and texts, in the order and with the texts of upstream's validator. */
import { GoText } from '../../fields/field-errors.ts'
import { goFloat, goQuote, isGoInteger } from '../../values/go-format.ts'
import { plainFormat, textFormats } from '../model/known-formats.ts'
import type { Structural } from '../model/structural.ts'
import type { Fault, Faults } from './faults.ts'
import { hasFormat } from './formats.ts'
import { patternOf } from './patterns.ts'

/** A fault of a type or a format, both of which show what was found instead. */
export function typeFault(name: string, wanted: string, given: string): Fault {
  const message = `${name} in body must be of type ${wanted}: ${goQuote(given)}`
  return { name, kind: 'type', value: given, message }
}

export function invalidFault(name: string, value: unknown, rule: string): Fault {
  return { name, kind: 'invalid', value, message: `${name} in body ${rule}` }
}

/** Lengths and the pattern; no more than the first fault of them. */
export function validateText(text: string, node: Structural, name: string, faults: Faults): void {
  const { maxLength, minLength, pattern = '' } = node.props
  if (maxLength !== undefined && isLonger(text, maxLength)) {
    const message = `${name} in body should be at most ${maxLength} chars long`
    faults.add(() => ({ name, kind: 'tooLong', limit: maxLength, message }))
  } else if (minLength !== undefined && !isLonger(text, minLength - 1)) {
    faults.add(() => invalidFault(name, text, `should be at least ${minLength} chars long`))
  } else if (pattern !== '') {
    const expression = patternOf(pattern)
    if ('refusal' in expression) {
      const rule = `${pattern}, but pattern is invalid: ${expression.refusal}`
      faults.add(() => invalidFault(name, text, `should match '${rule}'`))
    } else {
      faults.spend((expression.size * text.length) / comparisonsPerLook)
      if (expression.test(text)) return
      faults.add(() => invalidFault(name, text, `should match '${pattern}'`))
    }
  }
}

/** So many comparisons of a letter with a pattern take as long as one look at a value. */
const comparisonsPerLook = 16

/** In characters. Most texts need not be counted. */
function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false
  if (text.length > 2 * limit) return true
  let count = 0
  for (const _ of text) if (++count > limit) return true
  return false
}

/** Whether a format is one that texts are held to. */
export function isTextFormat(format: string): boolean {
  return textFormats.has(plainFormat(format))
}

export function validateFormat(text: string, format: string, name: string, faults: Faults): void {
  if (!hasFormat(text, plainFormat(format))) faults.add(() => typeFault(name, format, text))
}

/** What a number is held to, which depends on there being one type. */
interface NumberForm {
  readonly type: 'integer' | 'number' | ''
  readonly format: string
}

function numberForm({ types, props: { format = '' } }: Structural): NumberForm {
  const [type] = types.length === 1 ? types : []
  if (type === 'integer')
    return { type, format: format === 'int32' || format === 'int64' ? format : '' }
  if (type === 'number') return { type, format: format === 'float' ? format : '' }
  return { type: '', format: '' }
}

/** The range of the format, then multipleOf, minimum and maximum. */
export function validateNumber(
  value: number | bigint,
  node: Structural,
  name: string,
  faults: Faults,
): void {
  const form = numberForm(node)
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node.props
  validateRange(value, form, { what: 'Checked', name }, faults)
  /** Whether the limit is itself a number of the type; then both are compared as such. */
  const isNative = (limit: number, what: string) =>
    validateRange(limit, form, { what, name }, faults) && isGoInteger(value)
  if (multipleOf !== undefined) {
    validateMultiple(
      { value, isInteger: isNative(multipleOf, 'MultipleOf') },
      multipleOf,
      name,
      faults,
    )
  }
  for (const bound of [
    { limit: minimum, isLow: true, isExclusive: exclusiveMinimum },
    { limit: maximum, isLow: false, isExclusive: exclusiveMaximum },
  ]) {
    if (bound.limit === undefined) continue
    const isInteger = isNative(bound.limit, bound.isLow ? 'Minimum boundary' : 'Maximum boundary')
    const limit = isInteger ? Math.trunc(bound.limit) : bound.limit
    if (!isWithin(value, limit, bound)) {
      const rule = boundRule(bound, shownNumber(limit, isInteger))
      faults.add(() => invalidFault(name, shownValue(value, isInteger), rule))
    }
  }
}

function shownNumber(value: number | bigint, isInteger: boolean): string {
  return isInteger ? BigInt(value).toString() : goFloat(Number(value))
}

/** What was compared as a float is shown as one. */
function shownValue(value: number | bigint, isInteger: boolean): unknown {
  return isInteger ? value : new GoText(goFloat(Number(value)))
}

interface Bound {
  readonly isLow: boolean
  readonly isExclusive: boolean | undefined
}

function boundRule({ isLow, isExclusive }: Bound, shown: string): string {
  const than = isLow ? 'greater than' : 'less than'
  return `should be ${than} ${isExclusive ? '' : 'or equal to '}${shown}`
}

function isWithin(value: number | bigint, limit: number, { isLow, isExclusive }: Bound): boolean {
  // Numbers and bigints compare exactly.
  if (value > limit) return isLow
  return value < limit ? !isLow : !isExclusive
}

function validateRange(
  value: number | bigint,
  { type, format }: NumberForm,
  { what, name }: { readonly what: string; readonly name: string },
  faults: Faults,
): boolean {
  if (isInRange(value, type, format)) return true
  const shown = format === '' ? '(default format)' : `with format ${format}`
  const message = `${what} value must be of type ${type} ${shown} in ${name}`
  faults.add(() => ({ name: '', kind: 'invalid', message }))
  return false
}

const maxFloat32 = 3.4028234663852886e38

function isInRange(value: number | bigint, type: NumberForm['type'], format: string): boolean {
  if (type === 'number') return format !== 'float' || Math.abs(Number(value)) <= maxFloat32
  if (type !== 'integer') return true
  if (!isGoInteger(value)) return false
  return format !== 'int32' || (value >= -(2 ** 31) && value < 2 ** 31)
}

function validateMultiple(
  { value, isInteger }: { readonly value: number | bigint; readonly isInteger: boolean },
  given: number,
  name: string,
  faults: Faults,
): void {
  const factor = isInteger ? Math.trunc(given) : given
  const shown = shownNumber(factor, isInteger)
  if (factor <= 0) {
    const message = `factor MultipleOf declared for ${name} must be positive: ${shown}`
    faults.add(() => ({ name, kind: 'invalid', value: shownValue(factor, isInteger), message }))
    return
  }
  const isMultiple = isInteger
    ? isMultipleOf(value, factor)
    : isWhole(factor < 1 ? (1 / factor) * Number(value) : Number(value) / factor)
  if (!isMultiple) {
    faults.add(() =>
      invalidFault(name, shownValue(value, isInteger), `should be a multiple of ${shown}`),
    )
  }
}

function isMultipleOf(value: number | bigint, factor: number): boolean {
  return typeof value === 'bigint' ? value % BigInt(factor) === 0n : value % factor === 0
}

const epsilon = 1e-9

/** Whether a number is as good as an integer: what was divided has lost its last digits. */
export function isWhole(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false
  const whole = Math.trunc(value)
  if (value === whole) return true
  if (whole === 0) return false
  const difference = Math.abs(value - whole)
  return difference / (Math.abs(value) + Math.abs(whole)) < epsilon
}
