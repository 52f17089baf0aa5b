import type { VolumeAttachment } from '../../../generated/types/storage-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const volumeAttachments = defineResource<VolumeAttachment>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttachment' },
  { columns: [nameColumn, ageColumn] },
)
