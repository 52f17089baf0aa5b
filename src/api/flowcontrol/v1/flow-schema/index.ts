import type { FlowSchema } from '../../../generated/types/index.ts'
import { changeMember, fill } from '../../../shared/change.ts'
import { ageColumn, nameColumn, none, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { validateConditions } from '../conditions.ts'
import { validateFlowSchema } from './validation.ts'

/** FlowSchemas say which requests belong together, and how urgent they are. */
export const flowSchemas = defineResource<FlowSchema>(
  { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'FlowSchema' },
  {
    columns: [
      nameColumn,
      text('PriorityLevel', ({ spec }) => spec?.priorityLevelConfiguration.name ?? ''),
      text('MatchingPrecedence', ({ spec }) => spec?.matchingPrecedence ?? 0),
      text('DistinguisherMethod', ({ spec }) => spec?.distinguisherMethod?.type ?? none),
      ageColumn,
      text(
        'MissingPL',
        ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
      ),
    ],
    tracksGeneration: true,
    default: (object) =>
      changeMember(object, 'spec', (spec) => fill(spec, { matchingPrecedence: 1000 })),
    prepareForCreate: (draft) => withStatus(draft, {}),
    prepareForUpdate: keepStatus,
    validate: (object) => [
      ...validateFlowSchema(object),
      ...validateConditions(object.status?.conditions),
    ],
    subresources: {
      status: statusPart({ validate: ({ status }) => validateConditions(status?.conditions) }),
    },
  },
)
