/**
 * The formats of texts. Each check reads a text once or twice: none can be made slow by what it is given.
 */
import { byteLength } from '../../values/go-format.ts'
import { isEmailAddress } from './email.ts'
import { isCidr, isIpv4, isIpv6 } from './ip-formats.ts'
import { isRequestUri } from './request-uri.ts'
import { isDate, isDateTime, isGivenDuration } from './time-formats.ts'

/** Whether a text has a format, by the format's name without dashes. */
export function hasFormat(text: string, format: string): boolean {
  const check = checks.get(format)
  return check === undefined || check(text)
}

const checks: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['bsonobjectid', matches(/^[0-9a-fA-F]{24}$/)],
  ['uri', isRequestUri],
  ['email', isEmailAddress],
  ['hostname', isHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['cidr', isCidr],
  ['mac', isMac],
  ['uuid', matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i)],
  ['uuid3', matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i)],
  ['uuid4', matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i)],
  ['uuid5', matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i)],
  ['isbn', (text) => isIsbn10(text) || isIsbn13(text)],
  ['isbn10', isIsbn10],
  ['isbn13', isIsbn13],
  ['creditcard', isCreditCard],
  ['ssn', matches(/^\d{3}[- ]\d{2}[- ]\d{4}$/)],
  ['hexcolor', matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)],
  ['rgbcolor', isRgbColor],
  ['byte', isBase64],
  ['password', () => true],
  ['date', isDate],
  ['datetime', isDateTime],
  ['duration', isGivenDuration],
  ['k8sshortname', (text) => text.length <= 63 && isNameLabel(text)],
  ['k8slongname', (text) => text.length <= 253 && text.split('.').every(isNameLabel)],
])

function matches(expression: RegExp): (text: string) => boolean {
  return (text) => expression.test(text)
}

function isNameLabel(text: string): boolean {
  return /^[-a-z0-9]+$/.test(text) && !text.startsWith('-') && !text.endsWith('-')
}

const hostLetters = /^[a-zA-Z0-9\p{S}\p{L}]*$/u
const hostLettersAndDashes = /^[a-zA-Z0-9\p{S}\p{L}-]*$/u
const topLevel = /^[a-zA-Z\p{L}]*$/u

/** One label, or several of which the last one is of letters only. */
function isHostname(text: string): boolean {
  if (text.length > 255 || byteLength(text) > 255) return false
  const labels = text.split('.')
  if (labels.some((label) => byteLength(label) > 63)) return false
  const last = labels.pop() ?? ''
  if (labels.length === 0) return isLoneLabel(last)
  const length = [...last].length
  return length >= 2 && length <= 63 && topLevel.test(last) && labels.every(isHostLabel)
}

/** A dash is allowed in the second place only. */
function isLoneLabel(label: string): boolean {
  const [first = '', ...rest] = [...label]
  const more = rest[0] === '-' ? rest.slice(1) : rest
  return first !== '' && more.length <= 62 && hostLetters.test(first + more.join(''))
}

function isHostLabel(label: string): boolean {
  const isBounded = label !== '' && !label.startsWith('-') && !label.endsWith('-')
  return isBounded && [...label].length <= 63 && hostLettersAndDashes.test(label)
}

/** Of 6, 8 or 20 bytes, in pairs of digits between colons or dashes, or in fours between dots. */
function isMac(text: string): boolean {
  if (text.length > 60) return false
  const bytes = [6, 8, 20]
  if (/^[0-9a-fA-F.]+$/.test(text) && text.includes('.')) {
    const groups = text.split('.')
    return groups.every((group) => group.length === 4) && bytes.includes(groups.length * 2)
  }
  const separator = text[2] === '-' ? '-' : ':'
  const groups = text.split(separator)
  return groups.every((group) => /^[0-9a-fA-F]{2}$/.test(group)) && bytes.includes(groups.length)
}

function isIsbn10(text: string): boolean {
  const digits = withoutSeparators(text)
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(digits)) return false
  return sumOf(digits, (i) => i + 1) % 11 === 0
}

function isIsbn13(text: string): boolean {
  const digits = withoutSeparators(text)
  return /^[0-9]{13}$/.test(digits) && sumOf(digits, (i) => (i % 2 === 0 ? 1 : 3)) % 10 === 0
}

function withoutSeparators(text: string): string {
  return text.replace(/[\t\n\f\r -]/g, '')
}

function sumOf(digits: string, weight: (i: number) => number): number {
  return [...digits].reduce((sum, digit, i) => sum + weight(i) * (digit === 'X' ? 10 : +digit), 0)
}

/** The prefixes and lengths of the issuers, and the sum that all numbers have. */
const issuers = [
  /^4[0-9]{12}(?:[0-9]{3})?$/,
  /^5[1-5][0-9]{14}$/,
  /^6(?:011|5[0-9][0-9])[0-9]{12}$/,
  /^3[47][0-9]{13}$/,
  /^3(?:0[0-5]|[68][0-9])[0-9]{11}$/,
  /^(?:2131|1800|35[0-9]{3})[0-9]{11}$/,
]

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]/g, '')
  if (digits.length > 16 || !issuers.some((issuer) => issuer.test(digits))) return false
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const value = i % 2 === 0 ? +digit : 2 * +digit
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

function isRgbColor(text: string): boolean {
  if (!text.startsWith('rgb(') || !text.endsWith(')')) return false
  const parts = text.slice(4, -1).split(',')
  const number = /^(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])$/
  return parts.length === 3 && parts.every((part) => number.test(trimmed(part)))
}

function trimmed(text: string): string {
  const isSpace = (i: number) => '\t\n\f\r '.includes(text[i] ?? 'x')
  let [start, end] = [0, text.length]
  while (start < end && isSpace(start)) start++
  while (end > start && isSpace(end - 1)) end--
  return text.slice(start, end)
}

function isBase64(text: string): boolean {
  if (text.length === 0 || text.length % 4 !== 0) return false
  const body = text.endsWith('==') ? -2 : text.endsWith('=') ? -1 : text.length
  return /^[A-Za-z0-9+/]+$/.test(text.slice(0, body))
}
