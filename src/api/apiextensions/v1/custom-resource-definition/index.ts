import type { CustomResourceDefinition } from '../../../generated/types/apiextensions-v1.ts'
import { nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/**
 * There are none yet, and none can be made. The empty list is served because kubectl asks it before
 * it says of an unknown kind that there is no match for it.
 */
export const customResourceDefinitions = defineResource<CustomResourceDefinition>(
  { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
  {
    verbs: ['get', 'list', 'watch'],
    columns: [nameColumn, text('Created At', ({ metadata }) => metadata.creationTimestamp ?? '')],
  },
)
