import {
  checkDns1123Label,
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  invalidField,
  patternMessage,
  requiredField,
  tooLongField,
} from '#machinery/validation'
import { ensure, invalidWith } from '../../../shared/checks.ts'

const longestDriver = 63
const longestPool = 253
const longestIdentifier = 32

/** A name of an attribute or a capacity is never longer. */
export const longestQualifiedName = longestDriver + 1 + longestIdentifier

/** The name of a driver, as of a CSI driver: a subdomain, in whatever case. */
export function validateDriverName(name: string, path: FieldPath): FieldErrors {
  if (name === '') return [requiredField(path)]
  return [
    ...ensure(name.length <= longestDriver, () => tooLongField(path, longestDriver)),
    ...invalidWith(path, name, checkDns1123Subdomain(name.toLowerCase())),
  ]
}

/** The name of a pool: subdomains with slashes between them. */
export function validatePoolName(name: string, path: FieldPath): FieldErrors {
  if (name === '') return [requiredField(path)]
  return [
    ...ensure(name.length <= longestPool, () => tooLongField(path, longestPool)),
    ...name.split('/').flatMap((part) => invalidWith(path, part, checkDns1123Subdomain(part))),
  ]
}

/** A name of one label: of a device, a request, a counter. */
export function validateLabelName(name: string, path: FieldPath): FieldErrors {
  return invalidWith(path, name, checkDns1123Label(name))
}

/** The name of a class, which has to be there. */
export function validateClassName(name: string, path: FieldPath): FieldErrors {
  return name === '' ? [requiredField(path)] : invalidWith(path, name, checkDns1123Subdomain(name))
}

/** The name of an attribute or a capacity, with or without the domain that it belongs to. */
export function validateQualifiedName(name: string, path: FieldPath): FieldErrors {
  const [first = '', second, third] = name.split('/')
  if (second === undefined) return validateIdentifier(first, path)
  // Upstream looks no closer at names with more slashes.
  if (third !== undefined) return []
  return [
    ...(first === ''
      ? [invalidField(path, '', 'the domain must not be empty')]
      : validateDriverName(first, path)),
    ...(second === ''
      ? [invalidField(path, '', 'the name must not be empty')]
      : validateIdentifier(second, path)),
  ]
}

/** A qualified name that has a domain. */
export function validateFullyQualifiedName(name: string, path: FieldPath): FieldErrors {
  return [
    ...validateQualifiedName(name, path),
    ...ensure(name.includes('/'), () =>
      invalidField(
        path,
        name,
        'a fully qualified name must be a domain and a name separated by a slash',
      ),
    ),
  ]
}

const identifierPattern = '[A-Za-z_][A-Za-z0-9_]*'
const identifierRule =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'"

function validateIdentifier(id: string, path: FieldPath): FieldErrors {
  const message = patternMessage(identifierRule, identifierPattern, 'my_name', 'MY_NAME', 'MyName')
  return [
    ...ensure(id.length <= longestIdentifier, () => tooLongField(path, longestIdentifier)),
    ...ensure(/^[A-Za-z_][A-Za-z0-9_]*$/.test(id), () => invalidField(path, id, message)),
  ]
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** A UUID in its usual form, in lower case. */
export function validateShareId(id: string, path: FieldPath): FieldErrors {
  if (uuid.test(id)) {
    return ensure(id === id.toLowerCase(), () =>
      invalidField(
        path,
        id,
        'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
      ),
    )
  }
  const why = id.length === 36 ? 'invalid UUID format' : `invalid UUID length: ${id.length}`
  return [invalidField(path, id, `error validating uid: ${why}`)]
}
