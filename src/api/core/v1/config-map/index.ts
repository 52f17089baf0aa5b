import { type FieldErrors, fieldPath, invalidField, tooLongField } from '#machinery/validation'
import type { ConfigMap } from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import { ageColumn, integer, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import {
  binaryBytes,
  maxDataBytes,
  textBytes,
  validateKeys,
  validateSealed,
} from '../../../shared/immutable-data.ts'

/** ConfigMaps hold configuration that pods read as files or environment. */
export const configMaps = defineResource<ConfigMap>(
  { group: '', version: 'v1', kind: 'ConfigMap' },
  {
    columns: [
      nameColumn,
      integer(
        'Data',
        ({ data = {}, binaryData = {} }) =>
          Object.keys(data).length + Object.keys(binaryData).length,
      ),
      ageColumn,
    ],
    validate,
    validateUpdate: (next, old) => [...validateSealed(next, old), ...validate(next)],
  },
)

function validate({ data, binaryData }: ConfigMap): FieldErrors {
  const path = fieldPath('data')
  return [
    ...validateKeys(data, path),
    ...Object.keys(data ?? {}).flatMap((key) =>
      ensure(!Object.hasOwn(binaryData ?? {}, key), () =>
        invalidField(path.key(key), key, 'duplicate of key present in binaryData'),
      ),
    ),
    ...validateKeys(binaryData, fieldPath('binaryData')),
    ...ensure(textBytes(data) + binaryBytes(binaryData) <= maxDataBytes, () =>
      tooLongField(fieldPath('[]'), maxDataBytes),
    ),
  ]
}
