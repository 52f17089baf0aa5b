import { type FieldErrors, type FieldPath, invalidField, tooLongField } from '#machinery/validation'
import type { Device, DeviceAttribute } from '../../../generated/types/resource-v1.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'

const longestValue = 64
const lists = ['ints', 'bools', 'strings', 'versions'] as const
const forms = ['int', 'bool', 'string', 'version', ...lists] as const

/** How many values the attributes have, where each of a list counts. */
export function countValues(attributes: NonNullable<Device['attributes']>): number {
  return Object.values(attributes).reduce((sum, attribute) => {
    const listed = lists.reduce((count, form) => count + (attribute[form]?.length ?? 0), 0)
    return sum + Math.max(1, listed)
  }, 0)
}

/** Errors of an attribute, which has one value. */
export function validateAttribute(attribute: DeviceAttribute, path: FieldPath): FieldErrors {
  const { string: text, version, strings, versions } = attribute
  const used = forms.filter((form) => attribute[form] !== undefined)
  return [
    ...(text === undefined ? [] : validateText(text, path.child('string'))),
    ...(version === undefined ? [] : validateVersion(version, path.child('version'))),
    ...lists.flatMap((form) =>
      ensure(attribute[form]?.length !== 0, () =>
        invalidField(path.child(form), [], 'must not be empty if specified'),
      ),
    ),
    ...eachItem(strings, path.child('strings'), validateText),
    ...eachItem(versions, path.child('versions'), validateVersion),
    ...ensure(used.length === 1, () =>
      invalidField(path, used.length === 0 ? '' : attribute, 'exactly one value must be specified'),
    ),
  ]
}

function validateText(value: string, path: FieldPath): FieldErrors {
  return ensure(Buffer.byteLength(value) <= longestValue, () => tooLongField(path, longestValue))
}

function validateVersion(value: string, path: FieldPath): FieldErrors {
  return [
    ...ensure(isSemver(value), () =>
      invalidField(path, value, 'must be a string compatible with semver.org spec 2.0.0'),
    ),
    ...validateText(value, path),
  ]
}

const number = /^(?:0|[1-9]\d*)$/
const identifier = /^[0-9A-Za-z-]+$/
const digits = /^\d+$/

function isSemver(value: string): boolean {
  const plus = value.indexOf('+')
  const build = plus < 0 ? [] : value.slice(plus + 1).split('.')
  const release = plus < 0 ? value : value.slice(0, plus)
  const dash = release.indexOf('-')
  const before = dash < 0 ? [] : release.slice(dash + 1).split('.')
  const numbers = (dash < 0 ? release : release.slice(0, dash)).split('.')
  return (
    numbers.length === 3 &&
    numbers.every((part) => number.test(part)) &&
    build.every((part) => identifier.test(part)) &&
    before.every((part) => identifier.test(part) && (!digits.test(part) || number.test(part)))
  )
}
