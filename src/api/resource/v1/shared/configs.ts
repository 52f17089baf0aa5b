import { byteLength, encodeJson } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
  tooLongField,
} from '#machinery/validation'
import type { DeviceConfiguration } from '../../../generated/types/resource-v1.ts'
import { validateDriverName } from './names.ts'

/** At most so many letters of JSON. */
const longest = 10 * 1024

/** Errors of what is handed to a driver; parameters that are stored already may be longer. */
export function validateConfiguration(
  { opaque }: DeviceConfiguration,
  path: FieldPath,
  isStored: boolean,
): FieldErrors {
  const at = path.child('opaque')
  if (!opaque) return [requiredField(at)]
  return [
    ...validateDriverName(opaque.driver ?? '', at.child('driver')),
    ...validateRawObject(opaque.parameters, at.child('parameters'), isStored),
  ]
}

/** Errors of data that has to be an object of JSON and not too long. */
export function validateRawObject(value: unknown, path: FieldPath, isStored = false): FieldErrors {
  if (value === undefined || value === null) return [requiredField(path)]
  if (!isStored && byteLength(encodeJson(value)) > longest) return [tooLongField(path, longest)]
  if (typeof value === 'object' && !Array.isArray(value)) return []
  return [invalidField(path, '<value omitted>', 'must be a valid JSON object')]
}
