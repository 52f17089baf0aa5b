/** The shapes of other values, with the limits and texts of apimachinery's `util/validation`. */
import { type FieldError, invalidField, requiredField } from '../fields/field-errors.ts'
import type { FieldPath } from '../fields/field-path.ts'
import { byteLength } from '../values/go-format.ts'
import { emptyMessage, maxLengthMessage, patternMessage, rangeMessage, wholly } from './messages.ts'
import { checkDns1123Label, checkDns1123Subdomain, maxSubdomainLength } from './names.ts'

const percent = '[0-9]+%'
const httpHeaderName = '[-A-Za-z0-9]+'
const configMapKey = '[-._a-zA-Z0-9]+'
const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const maxId = 0xffffffff

const isPercent = wholly(percent)
const isHttpHeaderName = wholly(httpHeaderName)
const isConfigMapKey = wholly(configMapKey)
const isHttpPath = wholly(httpPath)
/** Printable ASCII without `=`. */
const isEnvVarName = /^[ -<>-~]*$/

/** A port number, 1 to 65535. */
export function checkPortNumber(port: number): string[] {
  return checkRange(port, 1, 65535)
}

/** A number within both bounds. */
function checkRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [rangeMessage(low, high)]
}

/** A Unix user id. */
export function checkUserId(id: number): string[] {
  return checkRange(id, 0, maxId)
}

/** A Unix group id. */
export function checkGroupId(id: number): string[] {
  return checkRange(id, 0, maxId)
}

/** The name of a port: an IANA service name in lower case, at most 15 characters. */
export function checkPortName(name: string): string[] {
  const rules: readonly [boolean, string][] = [
    [byteLength(name) <= 15, maxLengthMessage(15)],
    [
      /^[-a-z0-9]+$/.test(name),
      'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    ],
    [/[a-z]/.test(name), 'must contain at least one letter (a-z)'],
    [!name.includes('--'), 'must not contain consecutive hyphens'],
    [!/^-|-$/.test(name), 'must not begin or end with a hyphen'],
  ]
  return rules.flatMap(([holds, message]) => (holds ? [] : [message]))
}

/** Digits and a percent sign. */
export function checkPercent(value: string): string[] {
  const rule = "a valid percent string must be a numeric string followed by an ending '%'"
  return isPercent.test(value) ? [] : [patternMessage(rule, percent, '1%', '93%')]
}

/** The name of an HTTP header. */
export function checkHttpHeaderName(value: string): string[] {
  const rule = "a valid HTTP header must consist of alphanumeric characters or '-'"
  return isHttpHeaderName.test(value) ? [] : [patternMessage(rule, httpHeaderName, 'X-Header-Name')]
}

/** The name of an environment variable: printable ASCII except `=` (relaxed since 1.34). */
export function checkEnvVarName(value: string): string[] {
  if (value === '') return [`environment variable name ${emptyMessage}`]
  if (isEnvVarName.test(value)) return []
  return [
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
  ]
}

/** A key of a ConfigMap or Secret: it becomes a file name. */
export function checkConfigMapKey(value: string): string[] {
  const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
  return [
    ...(byteLength(value) > maxSubdomainLength ? [maxLengthMessage(maxSubdomainLength)] : []),
    ...(isConfigMapKey.test(value)
      ? []
      : [patternMessage(rule, configMapKey, 'key.name', 'KEY_NAME', 'key-name')]),
    ...checkNoParentDirectory(value),
  ]
}

/** A domain of at least two labels; a final dot is allowed. */
export function validateFullyQualifiedDomainName(value: string, path: FieldPath): FieldError[] {
  if (value === '') return [requiredField(path)]
  const name = value.replace(/\.$/, '')
  const messages = checkDns1123Subdomain(name)
  if (messages.length > 0) return [invalidField(path, name, messages.join(','))]
  const labels = name.split('.')
  if (labels.length < 2) {
    const detail = 'should be a domain with at least two segments separated by dots'
    return [invalidField(path, name, detail)]
  }
  const bad = labels.find((label) => checkDns1123Label(label).length > 0)
  return bad === undefined ? [] : [invalidField(path, bad, checkDns1123Label(bad).join(','))]
}

/** Checks a path with a domain before it, `example.com/path`: names of signers and the like. */
export function validateDomainPrefixedPath(value: string, path: FieldPath): FieldError[] {
  if (value === '') return [requiredField(path)]
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) {
    const detail = 'must be a domain-prefixed path (such as "acme.io/foo")'
    return [invalidField(path, value, detail)]
  }
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)]
  return [
    ...checkDns1123Subdomain(host).map((message) => invalidField(path, host, message)),
    ...(isHttpPath.test(rest)
      ? []
      : [invalidField(path, rest, patternMessage('Invalid path', httpPath))]),
  ]
}

function checkNoParentDirectory(value: string): string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`]
  return value.startsWith('..') ? ["must not start with '..'"] : []
}
