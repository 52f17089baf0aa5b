import { formatLabelSelector } from '#machinery/selectors'
import { fieldPath } from '#machinery/validation'
import { templateWarnings } from '../../../core/v1/pod/warnings.ts'
import type { ReplicaSet, ReplicaSetSpec } from '../../../generated/types/index.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import {
  ageColumn,
  containerColumns,
  integer,
  nameColumn,
  text,
  wide,
} from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { scaleProjection } from '../../../shared/scale.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { defaultTemplate } from '../workload.ts'
import {
  validateReplicaCounts,
  validateReplicaSet,
  validateReplicaSetUpdate,
} from './validation.ts'

/** ReplicaSets keep a number of equal pods. */
export const replicaSets = defineResource<ReplicaSet>(
  { group: 'apps', version: 'v1', kind: 'ReplicaSet' },
  {
    columns: [
      nameColumn,
      integer('Desired', ({ spec }) => spec?.replicas),
      integer('Current', ({ status }) => status?.replicas),
      integer('Ready', ({ status }) => status?.readyReplicas),
      ageColumn,
      ...wide<ReplicaSet>(
        ...containerColumns<ReplicaSet>(({ spec }) => spec?.template),
        text('Selector', ({ spec }) => formatLabelSelector(spec?.selector)),
      ),
    ],
    selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
    tracksGeneration: true,
    default: defaultReplicaSet,
    prepareForCreate: (draft) => withStatus(draft, { replicas: 0 }),
    prepareForUpdate: keepStatus,
    validate: validateReplicaSet,
    validateUpdate: validateReplicaSetUpdate,
    warnings: ({ spec }) => templateWarnings(spec?.template, fieldPath('spec', 'template')),
    subresources: {
      status: statusPart({ validate: ({ status }) => validateReplicaCounts(status ?? {}) }),
      scale: scaleProjection(({ spec }) => formatLabelSelector(spec?.selector)),
    },
  },
)

function defaultReplicaSet(set: ReplicaSet): ReplicaSet {
  const spec = fillAbsent(set.spec ?? ({} as ReplicaSetSpec), { replicas: 1 })
  return change(set, { spec: change(spec, { template: defaultTemplate(spec.template) }) })
}
