import type { CustomResourceDefinition } from '../../../generated/types/apiextensions-v1.ts'
import { change } from '../../../shared/change.ts'
import { createdAtColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { statusPart } from '../../../shared/status.ts'
import { withDefinitionDefaults } from './defaults.ts'
import { beginCleanup, withStoredVersion } from './life.ts'
import { validateStatus } from './names.ts'
import { nameRule, validateDefinition, validateDefinitionUpdate } from './validation.ts'
import { definitionWarnings } from './warnings.ts'

/** CustomResourceDefinitions add kinds to the API: the server serves them once they are established. */
export const customResourceDefinitions = defineResource<CustomResourceDefinition>(
  { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
  {
    columns: [nameColumn, createdAtColumn],
    tracksGeneration: true,
    allowUnconditionalUpdate: false,
    default: withDefinitionDefaults,
    prepareForCreate: (draft) => withStoredVersion(change(draft, { status: undefined })),
    prepareForUpdate: (draft, old) => withStoredVersion(change(draft, { status: old.status })),
    firstDeletion: beginCleanup,
    validate: (definition) => [...nameRule(definition), ...validateDefinition(definition)],
    validateUpdate: validateDefinitionUpdate,
    warnings: definitionWarnings,
    subresources: { status: statusPart({ validate: ({ status }) => validateStatus(status) }) },
  },
)
