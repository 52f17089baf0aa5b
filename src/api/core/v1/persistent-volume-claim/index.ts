import { deepEqual, type Stored } from '#machinery'
import { compareQuantities, tryParseQuantity } from '#machinery/quantity'
import { validateLabelSelector } from '#machinery/selectors'
import {
  checkDns1123Subdomain,
  type FieldErrors,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from '../../../generated/types/index.ts'
import { accessModesText, validateAccessModes } from '../../../shared/access-modes.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import { ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text, unset, wide } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateResourceQuantity } from '../../../shared/resource-amounts.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'

const path = fieldPath('spec')
const storagePath = path.child('resources').key('storage')

/** PersistentVolumeClaims ask for storage that outlives pods. */
export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>(
  { group: '', version: 'v1', kind: 'PersistentVolumeClaim' },
  {
    columns: [
      nameColumn,
      text('Status', ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      ),
      text('Volume', ({ spec }) => spec?.volumeName ?? ''),
      text('Capacity', ({ spec, status }) =>
        spec?.volumeName ? (status?.capacity?.storage ?? '0') : '',
      ),
      text('Access Modes', ({ spec, status }) =>
        spec?.volumeName ? accessModesText(status?.accessModes) : '',
      ),
      text(
        'StorageClass',
        ({ metadata, spec }) =>
          metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ??
          spec?.storageClassName ??
          '',
      ),
      text('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName ?? unset),
      ageColumn,
      ...wide<PersistentVolumeClaim>(text('VolumeMode', ({ spec }) => spec?.volumeMode ?? unset)),
    ],
    selectableFields: { name: ({ metadata }) => metadata.name },
    default: (claim) =>
      change(claim, {
        spec: fillAbsent<PersistentVolumeClaimSpec>(claim.spec ?? {}, {
          volumeMode: 'Filesystem',
          resources: {},
        }),
      }),
    prepareForCreate: (draft) => withStatus(draft, { phase: 'Pending' }),
    prepareForUpdate: keepStatus,
    validate,
    validateUpdate,
    subresources: { status: statusPart() },
  },
)

function validate({ spec = {} }: PersistentVolumeClaim): FieldErrors {
  const storage = spec.resources?.requests?.storage
  return [
    ...validateAccessModes(spec.accessModes, path.child('accessModes')),
    ...validateLabelSelector(spec.selector, path.child('selector')),
    ...(storage === undefined ? [requiredField(storagePath)] : validateSize(storage)),
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
  ]
}

function validateSize(storage: string): FieldErrors {
  const size = tryParseQuantity(storage)
  return [
    ...validateResourceQuantity('storage', storage, storagePath),
    ...ensure(!size || size.nanos > 0n, () =>
      invalidField(storagePath, storage, 'must be greater than zero'),
    ),
  ]
}

/** A claim that is bound can only ask for more; before, it can be bound to a volume. */
function validateUpdate(
  claim: PersistentVolumeClaim,
  old: Stored<PersistentVolumeClaim>,
): FieldErrors {
  const [spec, oldSpec] = [claim.spec ?? {}, old.spec ?? {}]
  const masked = change<PersistentVolumeClaimSpec>(spec, {
    volumeName: oldSpec.volumeName ? spec.volumeName : undefined,
    resources: oldSpec.resources,
    volumeAttributesClassName: oldSpec.volumeAttributesClassName,
    ...(oldSpec.storageClassName === undefined && { storageClassName: undefined }),
  })
  const [size, oldSize] = [spec, oldSpec].map(({ resources }) =>
    tryParseQuantity(resources?.requests?.storage ?? '0'),
  )
  const isBound = old.status?.phase === 'Bound'
  const grows = !isBound && size?.nanos !== oldSize?.nanos
  return [
    ...validate(claim),
    ...ensure(deepEqual(masked, oldSpec) && !grows, () =>
      forbiddenField(
        path,
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    ),
    ...ensure(!size || !oldSize || compareQuantities(size, oldSize) >= 0, () =>
      forbiddenField(
        path.child('resources', 'requests', 'storage'),
        'field can not be less than status.capacity',
      ),
    ),
  ]
}
