import type { Stored } from '#machinery'
import { type FieldErrors, fieldPath, validateImmutable } from '#machinery/validation'
import type { VolumeAttachment } from '../../../generated/types/storage-v1.ts'
import { requireValue } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'

/** VolumeAttachments tell which volume is attached to which node. */
export const volumeAttachments = defineResource<VolumeAttachment>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttachment' },
  {
    columns: [
      nameColumn,
      text('Attacher', ({ spec }) => spec.attacher),
      text('PV', ({ spec }) => spec.source.persistentVolumeName ?? ''),
      text('Node', ({ spec }) => spec.nodeName),
      { name: 'Attached', type: 'boolean', value: ({ status }) => status?.attached ?? false },
      ageColumn,
    ],
    prepareForCreate: (draft) => withStatus(draft, { attached: false }),
    prepareForUpdate: keepStatus,
    validate,
    validateUpdate: (next, old: Stored<VolumeAttachment>) =>
      validateImmutable(next.spec, old.spec, fieldPath('spec')),
    subresources: { status: statusPart() },
  },
)

function validate({ spec }: VolumeAttachment): FieldErrors {
  const path = fieldPath('spec')
  const source = spec?.source?.persistentVolumeName ?? spec?.source?.inlineVolumeSpec
  return [
    ...requireValue(spec?.attacher, path.child('attacher')),
    ...requireValue(
      source,
      path.child('source'),
      'must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ),
    ...requireValue(spec?.nodeName, path.child('nodeName')),
  ]
}
