import { formatLabelSelector } from '#machinery/selectors'
import { fieldPath } from '#machinery/validation'
import { templateWarnings } from '../../../core/v1/pod/warnings.ts'
import type {
  PersistentVolumeClaim,
  StatefulSet,
  StatefulSetSpec,
} from '../../../generated/types/index.ts'
import { change, changeMember, fill, fillAbsent, mapItems } from '../../../shared/change.ts'
import { ageColumn, containerColumns, nameColumn, text, wide } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { scaleProjection } from '../../../shared/scale.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { defaultTemplate } from '../workload.ts'
import { validateStatefulSet, validateStatefulSetUpdate } from './validation.ts'

/** StatefulSets run pods with names, an order, and claims of their own. */
export const statefulSets = defineResource<StatefulSet>(
  { group: 'apps', version: 'v1', kind: 'StatefulSet' },
  {
    columns: [
      nameColumn,
      text('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
      ageColumn,
      ...wide<StatefulSet>(...containerColumns<StatefulSet>(({ spec }) => spec?.template)),
    ],
    tracksGeneration: true,
    default: defaultStatefulSet,
    prepareForCreate: (draft) => withStatus(draft, { replicas: 0, availableReplicas: 0 }),
    prepareForUpdate: keepStatus,
    validate: validateStatefulSet,
    validateUpdate: validateStatefulSetUpdate,
    warnings: ({ spec }) => templateWarnings(spec?.template, fieldPath('spec', 'template')),
    subresources: {
      status: statusPart(),
      scale: scaleProjection(({ spec }) => formatLabelSelector(spec?.selector)),
    },
  },
)

function defaultStatefulSet(set: StatefulSet): StatefulSet {
  const spec = fillAbsent(
    fill(set.spec ?? ({} as StatefulSetSpec), { podManagementPolicy: 'OrderedReady' }),
    { replicas: 1, revisionHistoryLimit: 10 },
  )
  return change(set, {
    spec: change(spec, {
      updateStrategy: defaultStrategy(spec.updateStrategy ?? {}),
      persistentVolumeClaimRetentionPolicy: fill(spec.persistentVolumeClaimRetentionPolicy ?? {}, {
        whenDeleted: 'Retain',
        whenScaled: 'Retain',
      }),
      template: defaultTemplate(spec.template),
      volumeClaimTemplates: mapItems(spec.volumeClaimTemplates, defaultClaim),
    }),
  })
}

function defaultStrategy(
  strategy: NonNullable<StatefulSetSpec['updateStrategy']>,
): StatefulSetSpec['updateStrategy'] {
  const filled = fill(strategy, { type: 'RollingUpdate' })
  if (filled.type !== 'RollingUpdate') return filled
  return change(filled, { rollingUpdate: fillAbsent(filled.rollingUpdate ?? {}, { partition: 0 }) })
}

function defaultClaim(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const typed = fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' })
  const withSpec = changeMember(typed, 'spec', (spec) =>
    fillAbsent(spec, { volumeMode: 'Filesystem' }),
  )
  return fillAbsent(withSpec, { status: { phase: 'Pending' } })
}
