import type { PriorityLevelConfiguration } from '../../../generated/types/index.ts'
import { changeMember, fill, fillAbsent } from '../../../shared/change.ts'
import { ageColumn, nameColumn, none, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { validateConditions } from '../conditions.ts'
import { validateLevel } from './validation.ts'

type Spec = NonNullable<PriorityLevelConfiguration['spec']>
type Limited = NonNullable<Spec['limited']>

/** PriorityLevelConfigurations say how many requests may be answered at once, and who waits how. */
export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>(
  { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'PriorityLevelConfiguration' },
  {
    columns: [
      nameColumn,
      text('Type', ({ spec }) => spec?.type ?? ''),
      text(
        'NominalConcurrencyShares',
        ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? none,
      ),
      text('Queues', ({ spec }) => spec?.limited?.limitResponse?.queuing?.queues ?? none),
      text('HandSize', ({ spec }) => spec?.limited?.limitResponse?.queuing?.handSize ?? none),
      text(
        'QueueLengthLimit',
        ({ spec }) => spec?.limited?.limitResponse?.queuing?.queueLengthLimit ?? none,
      ),
      ageColumn,
    ],
    tracksGeneration: true,
    default: (object) => changeMember(object, 'spec', withDefaults),
    prepareForCreate: (draft) => withStatus(draft, {}),
    prepareForUpdate: keepStatus,
    validate: (object) => [
      ...validateLevel(object),
      ...validateConditions(object.status?.conditions),
    ],
    subresources: {
      status: statusPart({
        // No metadata but who owns what comes in by the status.
        keeps: ['labels', 'annotations', 'finalizers', 'ownerReferences'],
        validate: ({ status }) => validateConditions(status?.conditions),
      }),
    },
  },
)

function withDefaults(spec: Spec): Spec {
  const exempted = changeMember(spec, 'exempt', (exempt) =>
    fillAbsent(exempt, { nominalConcurrencyShares: 0, lendablePercent: 0 }),
  )
  return changeMember(exempted, 'limited', (limited: Limited) =>
    changeMember(
      fillAbsent(limited, { nominalConcurrencyShares: 30, lendablePercent: 0 }),
      'limitResponse',
      (response) =>
        changeMember(response, 'queuing', (queuing) =>
          fill(queuing, { queues: 64, handSize: 8, queueLengthLimit: 50 }),
        ),
    ),
  )
}
