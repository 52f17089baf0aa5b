import type { Column, Stored } from '#machinery'
import { type FieldErrors, fieldPath, validateImmutable } from '#machinery/validation'
import type { CSIDriver, CSIDriverSpec } from '../../../generated/types/storage-v1.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import { eachItem, requireOneOf } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text, unset } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

const path = fieldPath('spec')

/** CSIDrivers describe what a storage driver can do. */
export const csiDrivers = defineResource<CSIDriver>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'CSIDriver' },
  {
    columns: [
      nameColumn,
      flag('AttachRequired', ({ attachRequired }) => attachRequired ?? true),
      flag('PodInfoOnMount', ({ podInfoOnMount }) => podInfoOnMount),
      flag('StorageCapacity', ({ storageCapacity }) => storageCapacity),
      text(
        'TokenRequests',
        ({ spec }) => (spec.tokenRequests ?? []).map(({ audience }) => audience).join(',') || unset,
      ),
      flag('RequiresRepublish', ({ requiresRepublish }) => requiresRepublish),
      text('Modes', ({ spec }) => spec.volumeLifecycleModes?.join(',') || unset),
      ageColumn,
    ],
    tracksGeneration: true,
    default: (driver) =>
      change(driver, {
        spec: fillAbsent<CSIDriverSpec>(driver.spec ?? {}, {
          attachRequired: true,
          podInfoOnMount: false,
          storageCapacity: false,
          fsGroupPolicy: 'ReadWriteOnceWithFSType',
          volumeLifecycleModes: ['Persistent'],
          requiresRepublish: false,
          seLinuxMount: false,
        }),
      }),
    validate,
    validateUpdate: (next, old: Stored<CSIDriver>) => [
      ...validate(next),
      ...(['attachRequired', 'volumeLifecycleModes'] as const).flatMap((name) =>
        validateImmutable(next.spec[name], old.spec[name], path.child(name)),
      ),
    ],
  },
)

function flag(
  name: string,
  value: (spec: CSIDriverSpec) => boolean | undefined,
): Column<CSIDriver> {
  return { name, type: 'boolean', value: ({ spec }) => value(spec) ?? false }
}

function validate({ spec }: CSIDriver): FieldErrors {
  const policies = ['File', 'None', 'ReadWriteOnceWithFSType']
  return [
    ...requireOneOf(spec.fsGroupPolicy, path.child('fsGroupPolicy'), policies),
    ...eachItem(spec.volumeLifecycleModes, path.child('volumeLifecycleModes'), (mode, at) =>
      requireOneOf(mode, at, ['Ephemeral', 'Persistent']),
    ),
  ]
}
