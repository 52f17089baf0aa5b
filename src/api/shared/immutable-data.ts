import { withoutTrailing } from '#lib'
import { byteLength, deepEqual } from '#machinery'
import {
  checkConfigMapKey,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
} from '#machinery/validation'
import { ensure, invalidWith } from './checks.ts'

/** All values of a ConfigMap or Secret together may have 1 MiB. */
export const maxDataBytes = 1024 * 1024

type Entries = Readonly<Record<string, string>>

/** Keys that can be names of files. */
export function validateKeys(entries: Entries | undefined, path: FieldPath): FieldErrors {
  return Object.keys(entries ?? {}).flatMap((key) =>
    invalidWith(path.key(key), key, checkConfigMapKey(key)),
  )
}

/** The bytes of values that are text. */
export function textBytes(entries: Entries | undefined): number {
  return Object.values(entries ?? {}).reduce((sum, value) => sum + byteLength(value), 0)
}

/** The bytes of values that are base64. */
export function binaryBytes(entries: Entries | undefined): number {
  return Object.values(entries ?? {}).reduce(
    (sum, value) => sum + Math.floor((withoutTrailing(value, '=').length * 3) / 4),
    0,
  )
}

interface Sealable {
  readonly immutable?: boolean
  readonly data?: Entries
  readonly binaryData?: Entries
}

/** What was once immutable stays so, and stays what it is. */
export function validateSealed(object: Sealable, old: Sealable): FieldErrors {
  if (!old.immutable) return []
  const error = (name: string) => () =>
    forbiddenField(fieldPath(name), 'field is immutable when `immutable` is set')
  return [
    ...ensure(object.immutable === true, error('immutable')),
    ...ensure(isSame(object.data, old.data), error('data')),
    ...ensure(isSame(object.binaryData, old.binaryData), error('binaryData')),
  ]
}

function isSame(a: Entries = {}, b: Entries = {}): boolean {
  return deepEqual(a, b)
}
