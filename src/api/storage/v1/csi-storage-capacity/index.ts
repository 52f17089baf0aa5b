import { deepEqual, type Stored } from '#machinery'
import { compareQuantities, parseQuantity, zeroQuantity } from '#machinery/quantity'
import { validateLabelSelector } from '#machinery/selectors'
import { type FieldErrors, fieldPath, invalidField, subdomainName } from '#machinery/validation'
import type { CSIStorageCapacity } from '../../../generated/types/storage-v1.ts'
import { ensure, invalidWith } from '../../../shared/checks.ts'
import { nameColumn, text, unset } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** CSIStorageCapacities say how much room a driver has for a class in a part of the cluster. */
export const csiStorageCapacities = defineResource<CSIStorageCapacity>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'CSIStorageCapacity' },
  {
    columns: [
      nameColumn,
      text('StorageClassName', ({ storageClassName }) => storageClassName),
      text('Capacity', ({ capacity }) => capacity ?? unset),
    ],
    validate,
    validateUpdate: (next, old: Stored<CSIStorageCapacity>) => [
      ...fixed(deepEqual(next.nodeTopology, old.nodeTopology), 'nodeTopology', next.nodeTopology),
      ...fixed(
        next.storageClassName === old.storageClassName,
        'storageClassName',
        next.storageClassName,
      ),
    ],
  },
)

function fixed(isSame: boolean, name: string, value: unknown): FieldErrors {
  return ensure(isSame, () => invalidField(fieldPath(name), value, 'field is immutable'))
}

function validate({
  nodeTopology,
  storageClassName = '',
  capacity,
}: CSIStorageCapacity): FieldErrors {
  const path = fieldPath('capacity')
  return [
    ...validateLabelSelector(nodeTopology, fieldPath('nodeTopology')),
    ...invalidWith(
      fieldPath('storageClassName'),
      storageClassName,
      subdomainName(storageClassName, false),
    ),
    ...(capacity === undefined
      ? []
      : ensure(compareQuantities(parseQuantity(capacity), zeroQuantity) >= 0, () =>
          invalidField(path, capacity, 'must be greater than or equal to 0'),
        )),
  ]
}
