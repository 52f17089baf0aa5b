import { formatLabelSelector } from '#machinery/selectors'
import { fieldPath } from '#machinery/validation'
import { templateWarnings } from '../../../core/v1/pod/warnings.ts'
import type { DaemonSet, DaemonSetSpec } from '../../../generated/types/index.ts'
import { change, fill, fillAbsent } from '../../../shared/change.ts'
import {
  ageColumn,
  containerColumns,
  integer,
  labelText,
  nameColumn,
  text,
  wide,
} from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { defaultTemplate } from '../workload.ts'
import { validateDaemonSet, validateDaemonSetUpdate } from './validation.ts'

/** DaemonSets run one pod on every suitable node. */
export const daemonSets = defineResource<DaemonSet>(
  { group: 'apps', version: 'v1', kind: 'DaemonSet' },
  {
    columns: [
      nameColumn,
      integer('Desired', ({ status }) => status?.desiredNumberScheduled),
      integer('Current', ({ status }) => status?.currentNumberScheduled),
      integer('Ready', ({ status }) => status?.numberReady),
      integer('Up-to-date', ({ status }) => status?.updatedNumberScheduled),
      integer('Available', ({ status }) => status?.numberAvailable),
      text('Node Selector', ({ spec }) => labelText(spec?.template.spec?.nodeSelector)),
      ageColumn,
      ...wide<DaemonSet>(
        ...containerColumns<DaemonSet>(({ spec }) => spec?.template),
        text('Selector', ({ spec }) => formatLabelSelector(spec?.selector)),
      ),
    ],
    tracksGeneration: true,
    default: defaultDaemonSet,
    prepareForCreate: (draft) =>
      withStatus(draft, {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      }),
    prepareForUpdate: keepStatus,
    validate: validateDaemonSet,
    validateUpdate: validateDaemonSetUpdate,
    warnings: ({ spec }) => templateWarnings(spec?.template, fieldPath('spec', 'template')),
    subresources: { status: statusPart() },
  },
)

function defaultDaemonSet(set: DaemonSet): DaemonSet {
  const spec = fillAbsent(set.spec ?? ({} as DaemonSetSpec), { revisionHistoryLimit: 10 })
  const updateStrategy = fill(spec.updateStrategy ?? {}, { type: 'RollingUpdate' })
  const isRolling = updateStrategy.type === 'RollingUpdate'
  const rollingUpdate = fillAbsent(updateStrategy.rollingUpdate ?? {}, {
    maxUnavailable: 1,
    maxSurge: 0,
  })
  return change(set, {
    spec: change(spec, {
      updateStrategy: isRolling ? change(updateStrategy, { rollingUpdate }) : updateStrategy,
      template: defaultTemplate(spec.template),
    }),
  })
}
