/** Errors of single fields, worded as apimachinery's `util/validation/field` words them. */

import { goJson, goNumber, goQuote } from '../values/go-format.ts'
import type { FieldPath } from './field-path.ts'

/** What is wrong with a field; these are the `reason`s of the causes in a Status. */
type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooShort'
  | 'FieldValueTooMany'
  | 'FieldValueTooFew'
  | 'FieldValueTypeInvalid'
  | 'InternalError'

/** An error of one field: its type, where it stands, the value and what is wrong with it. */
export interface FieldError {
  readonly type: FieldErrorType
  readonly field: string
  /** The value as the client gave it; absent where upstream omits it from the message. */
  readonly badValue?: unknown
  readonly detail: string
}

/** The errors of some fields, none where all is well. */
export type FieldErrors = readonly FieldError[]

const titles: Readonly<Record<FieldErrorType, string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooShort: 'Too short',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
}

/** A required field is missing or empty. */
export function requiredField(path: FieldPath, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field: `${path}`, detail }
}

/** A value is malformed or out of bounds. `detail` says what is wanted. */
export function invalidField(path: FieldPath, badValue: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field: `${path}`, badValue, detail }
}

/** A value that must be unique occurs again. */
export function duplicateField(path: FieldPath, badValue: unknown): FieldError {
  return { type: 'FieldValueDuplicate', field: `${path}`, badValue, detail: '' }
}

/** A value may not stand here under the present conditions. */
export function forbiddenField(path: FieldPath, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field: `${path}`, detail }
}

/** A value refers to something that does not exist. */
export function notFoundField(path: FieldPath, badValue: unknown): FieldError {
  return { type: 'FieldValueNotFound', field: `${path}`, badValue, detail: '' }
}

/** A value is not one of those supported, listed in the order given (upstream mostly sorts them). */
export function notSupportedField(
  path: FieldPath,
  badValue: unknown,
  supported: readonly string[],
): FieldError {
  const detail =
    supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`
  return { type: 'FieldValueNotSupported', field: `${path}`, badValue, detail }
}

/** A value is longer than `maxBytes`; the message never repeats it. */
export function tooLongField(path: FieldPath, maxBytes: number): FieldError {
  const detail = `may not be more than ${plural(maxBytes, 'byte')}`
  return { type: 'FieldValueTooLong', field: `${path}`, detail }
}

/** A list has more than `max` items. */
export function tooManyField(path: FieldPath, actual: number, max: number): FieldError {
  const detail = `must have at most ${plural(max, 'item')}`
  return { type: 'FieldValueTooMany', field: `${path}`, badValue: actual, detail }
}

/** The message without the field's name: `Invalid value: "x": must be …`. */
export function fieldErrorBody(error: FieldError): string {
  const title = titles[error.type]
  const head = hasNoValue(error) ? title : `${title}: ${formatBadValue(error.badValue)}`
  return error.detail === '' ? head : `${head}: ${error.detail}`
}

/** Writes an error of a field as one text: `spec.x: Invalid value: "y": must be …`. */
export function fieldErrorMessage(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`
}

/** One message as it is, several as `[a, b]`; repeated messages count once, those beyond `most` together. */
export function aggregateMessage(errors: FieldErrors, most = Number.POSITIVE_INFINITY): string {
  const messages = [...new Set(errors.slice(0, most).map(fieldErrorMessage))]
  if (errors.length > most) messages.push(`and ${errors.length - most} more`)
  return messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`
}

const valueless: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'FieldValueTooShort',
  'InternalError',
])

function hasNoValue(error: FieldError): boolean {
  return valueless.has(error.type) || !('badValue' in error)
}

/** A value that a message shows as this text, where upstream shows it in a form that is Go's alone. */
export class GoText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

function formatBadValue(value: unknown): string {
  if (value instanceof GoText) return value.text
  if (typeof value === 'string') return goQuote(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return goNumber(value)
  return goJson(value)
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
