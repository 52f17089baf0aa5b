import type { ControllerRevision } from '../../../generated/types/apps-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const controllerRevisions = defineResource<ControllerRevision>(
  { group: 'apps', version: 'v1', kind: 'ControllerRevision' },
  { columns: [nameColumn, ageColumn] },
)
