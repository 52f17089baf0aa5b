/**
 * The shapes of names. Each check returns the messages of what is wrong, none when all is well;
 * limits, patterns and texts are those of apimachinery's `util/validation` and `api/validate/content`.
 */
import { ownText } from '#lib'
import { byteLength } from '../values/go-format.ts'
import { emptyMessage, maxLengthMessage, patternMessage, wholly } from './messages.ts'

const maxLabelLength = 63
export const maxSubdomainLength = 253

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const oldLabel = '[a-z]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const looseLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const looseSubdomain = `${looseLabel}(\\.${looseLabel})*`
const wildcardSubdomain = `\\*\\.${subdomain}`
const labelKey = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValue = `(${labelKey})?`

const isLabel = wholly(label)
const isOldLabel = wholly(oldLabel)
const isSubdomain = wholly(subdomain)
const isLooseSubdomain = wholly(looseSubdomain)
const isWildcardSubdomain = wholly(wildcardSubdomain)
const isLabelKey = wholly(labelKey)
const isLabelValue = wholly(labelValue)

const labelMessage = patternMessage(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  label,
  'my-name',
  '123-abc',
)
const oldLabelMessage = patternMessage(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  oldLabel,
  'my-name',
  'abc-123',
)
const subdomainMessage = patternMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomain,
  'example.com',
)
const looseSubdomainMessage = patternMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  looseSubdomain,
  'example.com',
)
const wildcardMessage = patternMessage(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  wildcardSubdomain,
  '*.example.com',
)
const labelKeyMessage = patternMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  labelKey,
  'MyName',
  'my.name',
  '123-abc',
)
const labelValueMessage = patternMessage(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  labelValue,
  'MyValue',
  'my_value',
  '12345',
)

/** A DNS label by RFC 1123: most names of things within an object. */
export function checkDns1123Label(value: string): string[] {
  const messages = tooLong(value, maxLabelLength)
  if (isLabel.test(value)) return messages
  // A valid subdomain that is no valid label can only have dots too many.
  return [...messages, isSubdomain.test(value) ? 'must not contain dots' : labelMessage]
}

/** A DNS label by RFC 1035, which begins with a letter: names of resources and of kinds. */
export function checkDns1035Label(value: string): string[] {
  const messages = tooLong(value, maxLabelLength)
  return isOldLabel.test(value) ? messages : [...messages, oldLabelMessage]
}

/** A DNS subdomain by RFC 1123: most names of objects. */
export function checkDns1123Subdomain(value: string): string[] {
  const messages = tooLong(value, maxSubdomainLength)
  return isSubdomain.test(value) ? messages : [...messages, subdomainMessage]
}

/** A DNS subdomain that may have underscores: DNS search paths. */
export function checkDns1123SubdomainWithUnderscore(value: string): string[] {
  const messages = tooLong(value, maxSubdomainLength)
  return isLooseSubdomain.test(value) ? messages : [...messages, looseSubdomainMessage]
}

/** `*.` and a subdomain: hosts of Ingresses. */
export function checkWildcardDns1123Subdomain(value: string): string[] {
  const messages = tooLong(value, maxSubdomainLength)
  return isWildcardSubdomain.test(value) ? messages : [...messages, wildcardMessage]
}

/** A label key or qualified name: `name` or `prefix/name`, the prefix a DNS subdomain. */
export function checkQualifiedName(value: string): string[] {
  if (good.has(value)) return []
  const errors = isQualifiedName(value) ? [] : qualifiedNameErrors(value)
  if (errors.length > 0) return errors
  if (good.size >= maxGood) good.clear()
  good.add(ownText(value))
  return errors
}

/** Objects made from one template carry the same keys. */
const good = new Set<string>()
const maxGood = 10_000

/** Most are, which is seen without making the parts of an explanation. */
function isQualifiedName(value: string): boolean {
  const slash = value.indexOf('/')
  const name = slash < 0 ? value : value.slice(slash + 1)
  if (name.length > maxLabelLength || !isLabelKey.test(name)) return false
  return slash < 0 || checkDns1123Subdomain(value.slice(0, slash)).length === 0
}

function qualifiedNameErrors(value: string): string[] {
  const parts = value.split('/')
  if (parts.length > 2) {
    return [
      `a valid label key ${labelKeyMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const name = parts.at(-1) ?? ''
  return [
    ...(parts.length === 2 ? checkPrefix(parts[0] ?? '') : []),
    ...(name === '' ? [`name part ${emptyMessage}`] : []),
    ...tooLong(name, maxLabelLength).map((message) => `name part ${message}`),
    ...(isLabelKey.test(name) ? [] : [`name part ${labelKeyMessage}`]),
  ]
}

/** The value of a label; may be empty. */
export function checkLabelValue(value: string): string[] {
  const messages = tooLong(value, maxLabelLength)
  return isLabelValue.test(value) ? messages : [...messages, labelValueMessage]
}

function checkPrefix(prefix: string): string[] {
  const messages = prefix === '' ? [emptyMessage] : checkDns1123Subdomain(prefix)
  return messages.map((message) => `prefix part ${message}`)
}

function tooLong(value: string, max: number): string[] {
  return byteLength(value) > max ? [maxLengthMessage(max)] : []
}
