import { deepEqual, type Stored } from '#machinery'
import {
  checkQualifiedName,
  type FieldErrors,
  fieldPath,
  forbiddenField,
  requiredField,
  validateImmutable,
} from '#machinery/validation'
import type { StorageClass } from '../../../generated/types/storage-v1.ts'
import { fillAbsent } from '../../../shared/change.ts'
import { ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text, unset } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

/** StorageClasses say how claims get volumes. */
export const storageClasses = defineResource<StorageClass>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass' },
  {
    columns: [
      { ...nameColumn, value: nameText },
      text('Provisioner', ({ provisioner }) => provisioner),
      text('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
      text('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? unset),
      text('AllowVolumeExpansion', ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
      ageColumn,
    ],
    default: (object) =>
      fillAbsent(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
    validate,
    validateUpdate,
  },
)

/** Whether claims that name no class get this one. */
export function isDefaultStorageClass({ metadata }: StorageClass): boolean {
  return defaultAnnotations.some((name) => metadata?.annotations?.[name] === 'true')
}

function nameText(object: Stored<StorageClass>): string {
  const { name } = object.metadata
  return isDefaultStorageClass(object) ? `${name} (default)` : name
}

function validate({ provisioner, reclaimPolicy, volumeBindingMode }: StorageClass): FieldErrors {
  const path = fieldPath('provisioner')
  return [
    ...(provisioner
      ? invalidWith(path, provisioner, checkQualifiedName(provisioner.toLowerCase()))
      : [requiredField(path)]),
    ...requireOneOf(reclaimPolicy, fieldPath('reclaimPolicy'), ['Delete', 'Retain']),
    ...requireOneOf(volumeBindingMode, fieldPath('volumeBindingMode'), [
      'Immediate',
      'WaitForFirstConsumer',
    ]),
  ]
}

function validateUpdate(next: StorageClass, old: Stored<StorageClass>): FieldErrors {
  const fixed = ['parameters', 'provisioner', 'reclaimPolicy'] as const
  return [
    ...fixed.flatMap((name) =>
      ensure(deepEqual(next[name], old[name]), () =>
        forbiddenField(fieldPath(name), `updates to ${name} are forbidden.`),
      ),
    ),
    ...validateImmutable(
      next.volumeBindingMode,
      old.volumeBindingMode,
      fieldPath('volumeBindingMode'),
    ),
  ]
}
