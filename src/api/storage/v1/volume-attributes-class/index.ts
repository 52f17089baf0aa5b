import { byteLength, deepEqual, type Stored } from '#machinery'
import {
  checkQualifiedName,
  type FieldErrors,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  tooLongField,
} from '#machinery/validation'
import type { VolumeAttributesClass } from '../../../generated/types/storage-v1.ts'
import { ensure, invalidWith } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

const maxParameters = 512
const maxParametersBytes = 256 * 1024

/** VolumeAttributesClasses say what of a volume its driver may change while it is in use. */
export const volumeAttributesClasses = defineResource<VolumeAttributesClass>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttributesClass' },
  {
    columns: [nameColumn, text('DriverName', ({ driverName }) => driverName), ageColumn],
    tracksGeneration: true,
    validate,
    validateUpdate: (next, old: Stored<VolumeAttributesClass>) => [
      ...fixed(next, old, 'driverName'),
      ...fixed(next, old, 'parameters'),
      ...validate(next),
    ],
  },
)

function fixed(
  next: VolumeAttributesClass,
  old: VolumeAttributesClass,
  name: 'driverName' | 'parameters',
): FieldErrors {
  return ensure(deepEqual(next[name], old[name]), () =>
    forbiddenField(fieldPath(name), `updates to ${name} are forbidden.`),
  )
}

function validate({ driverName, parameters = {} }: VolumeAttributesClass): FieldErrors {
  const path = fieldPath('driverName')
  return [
    ...(driverName
      ? invalidWith(path, driverName.toLowerCase(), checkQualifiedName(driverName.toLowerCase()))
      : [requiredField(path)]),
    ...validateParameters(Object.entries(parameters)),
  ]
}

function validateParameters(entries: readonly (readonly [string, string])[]): FieldErrors {
  const path = fieldPath('parameters')
  if (entries.length > maxParameters) return [tooLongField(path, maxParameters)]
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0)
  return [
    ...ensure(
      entries.every(([key]) => key !== ''),
      () => invalidField(path, '', 'field can not be empty.'),
    ),
    ...ensure(size <= maxParametersBytes, () => tooLongField(path, maxParametersBytes)),
    ...ensure(entries.length > 0, () =>
      requiredField(path, 'must contain at least one key/value pair'),
    ),
  ]
}
