import { deepEqual, type Stored } from '#machinery'
import {
  checkDns1123Subdomain,
  type FieldErrors,
  fieldPath,
  forbiddenField,
  requiredField,
  validateImmutable,
} from '#machinery/validation'
import type { PersistentVolume, PersistentVolumeSpec } from '../../../generated/types/index.ts'
import { accessModesText, validateAccessModes } from '../../../shared/access-modes.ts'
import { change, changeMember, fill, fillAbsent } from '../../../shared/change.ts'
import { ensure, invalidWith, requireOneOf, requireValue } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text, unset, wide } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateNoBacksteps } from '../../../shared/paths.ts'
import { validateResourceQuantity } from '../../../shared/resource-amounts.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { validateNodeSelector } from '../pod/validation/affinity.ts'
import { validateExternalSource } from '../pod/validation/inputs/external-volumes.ts'

const path = fieldPath('spec')

/** PersistentVolumes are pieces of storage that claims are bound to. */
export const persistentVolumes = defineResource<PersistentVolume>(
  { group: '', version: 'v1', kind: 'PersistentVolume' },
  {
    columns: [
      nameColumn,
      text('Capacity', ({ spec }) => spec?.capacity?.storage ?? ''),
      text('Access Modes', ({ spec }) => accessModesText(spec?.accessModes)),
      text('Reclaim Policy', ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? ''),
      text('Status', statusText),
      text('Claim', ({ spec }) =>
        spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
      ),
      text(
        'StorageClass',
        ({ metadata, spec }) =>
          metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ??
          spec?.storageClassName ??
          '',
      ),
      text('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName ?? unset),
      text('Reason', ({ status }) => status?.reason ?? ''),
      ageColumn,
      ...wide<PersistentVolume>(text('VolumeMode', ({ spec }) => spec?.volumeMode ?? unset)),
    ],
    default: (volume) => changeMember(volume, 'spec', defaultSpec),
    prepareForCreate: (draft) => withStatus(draft, { phase: 'Pending' }),
    prepareForUpdate: keepStatus,
    validate,
    validateUpdate: (volume, old: Stored<PersistentVolume>) => [
      ...validate(volume),
      ...ensure(deepEqual(sourceOf(volume.spec), sourceOf(old.spec)), () =>
        forbiddenField(
          path.child('persistentvolumesource'),
          'spec.persistentvolumesource is immutable after creation',
        ),
      ),
      ...validateImmutable(volume.spec?.volumeMode, old.spec?.volumeMode, path.child('volumeMode')),
    ],
    subresources: { status: statusPart() },
  },
)

function defaultSpec(spec: PersistentVolumeSpec): PersistentVolumeSpec {
  const filled = fillAbsent(fill(spec, { persistentVolumeReclaimPolicy: 'Retain' }), {
    volumeMode: 'Filesystem',
  })
  return changeMember(filled, 'hostPath', (source) => fillAbsent(source, { type: '' }))
}

function statusText({ metadata, status }: Stored<PersistentVolume>): string {
  return metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating'
}

/** What of a spec says where the data is. */
function sourceOf(spec: PersistentVolumeSpec | undefined): object {
  return change<PersistentVolumeSpec>(spec ?? {}, {
    capacity: undefined,
    accessModes: undefined,
    claimRef: undefined,
    persistentVolumeReclaimPolicy: undefined,
    storageClassName: undefined,
    mountOptions: undefined,
    volumeMode: undefined,
    nodeAffinity: undefined,
    volumeAttributesClassName: undefined,
  })
}

function validate({ spec = {} }: PersistentVolume): FieldErrors {
  const capacity = Object.entries(spec.capacity ?? {})
  const policies = ['Delete', 'Recycle', 'Retain']
  return [
    ...validateAccessModes(spec.accessModes, path.child('accessModes')),
    ...requireValue(capacity.length, path.child('capacity')),
    ...capacity.flatMap(([name, text]) =>
      validateResourceQuantity(name, text, path.child('capacity').key(name)),
    ),
    ...(spec.persistentVolumeReclaimPolicy
      ? requireOneOf(
          spec.persistentVolumeReclaimPolicy,
          path.child('persistentVolumeReclaimPolicy'),
          policies,
        )
      : []),
    ...validateSource(spec),
    ...(spec.storageClassName
      ? invalidWith(
          path.child('storageClassName'),
          spec.storageClassName,
          checkDns1123Subdomain(spec.storageClassName),
        )
      : []),
    ...(spec.volumeMode === undefined
      ? []
      : requireOneOf(spec.volumeMode, path.child('volumeMode'), ['Block', 'Filesystem'])),
    ...validateNodes(spec),
  ]
}

function validateSource(spec: PersistentVolumeSpec): FieldErrors {
  const sources = Object.entries(sourceOf(spec))
  if (sources.length === 0) return [requiredField(path, 'must specify a volume type')]
  return sources.flatMap(([kind, source], i) => {
    const at = path.child(kind)
    if (i > 0) return [forbiddenField(at, 'may not specify more than 1 volume type')]
    if (kind !== 'hostPath' && kind !== 'local') return validateExternalSource(kind, source, at)
    const file = (source as { readonly path?: string }).path
    return file ? validateNoBacksteps(file, at.child('path')) : [requiredField(at.child('path'))]
  })
}

/** A disk of one node must say of which. */
function validateNodes({ local, nodeAffinity }: PersistentVolumeSpec): FieldErrors {
  const at = path.child('nodeAffinity')
  return [
    ...ensure(!local || nodeAffinity?.required !== undefined, () =>
      requiredField(at, 'Local volume requires node affinity'),
    ),
    ...(nodeAffinity?.required
      ? validateNodeSelector(nodeAffinity.required, at.child('required'))
      : []),
  ]
}
