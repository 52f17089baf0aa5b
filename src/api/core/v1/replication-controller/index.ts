import { formatSelector, matchesLabels, selectorFromMap } from '#machinery/selectors'
import {
  type FieldErrors,
  fieldPath,
  forbiddenField,
  invalidField,
  notSupportedField,
  requiredField,
  validateNonNegative,
} from '#machinery/validation'
import { validateReplicaCounts } from '../../../apps/v1/replica-set/validation.ts'
import type {
  ReplicationController,
  ReplicationControllerSpec,
} from '../../../generated/types/index.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import { ensure } from '../../../shared/checks.ts'
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
import { scaleProjection } from '../../../shared/scale.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { defaultPodTemplate } from '../pod/defaults.ts'
import { validatePodTemplate } from '../pod/validation/pod.ts'
import { templateWarnings } from '../pod/warnings.ts'

/** ReplicationControllers are the predecessors of ReplicaSets. */
export const replicationControllers = defineResource<ReplicationController>(
  { group: '', version: 'v1', kind: 'ReplicationController' },
  {
    columns: [
      nameColumn,
      integer('Desired', ({ spec }) => spec?.replicas),
      integer('Current', ({ status }) => status?.replicas),
      integer('Ready', ({ status }) => status?.readyReplicas),
      ageColumn,
      ...wide<ReplicationController>(
        ...containerColumns<ReplicationController>(({ spec }) => spec?.template),
        text('Selector', ({ spec }) => labelText(spec?.selector)),
      ),
    ],
    selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
    tracksGeneration: true,
    defaultPropagation: 'orphan',
    default: withDefaults,
    prepareForCreate: (draft) => withStatus(draft, { replicas: 0 }),
    prepareForUpdate: keepStatus,
    validate,
    warnings: ({ spec }) => templateWarnings(spec?.template, fieldPath('spec', 'template')),
    subresources: {
      status: statusPart({ validate: ({ status }) => validateReplicaCounts(status ?? {}) }),
      scale: scaleProjection(({ spec }) => formatSelector(selectorFromMap(spec?.selector))),
    },
  },
)

/** The labels of the template are the selector, and the controller's own, where those are missing. */
function withDefaults(controller: ReplicationController): ReplicationController {
  const spec = fillAbsent<ReplicationControllerSpec>(controller.spec ?? {}, { replicas: 1 })
  const labels = spec.template?.metadata?.labels
  const isEmpty = (map: object | undefined) => Object.keys(map ?? {}).length === 0
  const adoptsLabels = labels && isEmpty(controller.metadata?.labels)
  return change(controller, {
    ...(adoptsLabels && { metadata: { ...controller.metadata, labels } }),
    spec: change(spec, {
      ...(labels && isEmpty(spec.selector) && { selector: labels }),
      template: spec.template && defaultPodTemplate(spec.template),
    }),
  })
}

function validate({ spec = {} }: ReplicationController): FieldErrors {
  const path = fieldPath('spec')
  const template = path.child('template')
  const { selector = {}, replicas = 0, minReadySeconds = 0 } = spec
  const labels = spec.template?.metadata?.labels
  const policy = spec.template?.spec?.restartPolicy
  return [
    ...validateNonNegative(minReadySeconds, path.child('minReadySeconds')),
    ...ensure(Object.keys(selector).length > 0, () => requiredField(path.child('selector'))),
    ...validateNonNegative(replicas, path.child('replicas')),
    ...(spec.template
      ? [
          ...ensure(matchesLabels(selectorFromMap(selector), labels), () =>
            invalidField(
              template.child('metadata', 'labels'),
              labels ?? null,
              '`selector` does not match template `labels`',
            ),
          ),
          ...validatePodTemplate(spec.template, template),
          ...ensure(policy === 'Always', () =>
            notSupportedField(template.child('spec', 'restartPolicy'), policy, ['Always']),
          ),
          ...ensure(spec.template.spec?.activeDeadlineSeconds === undefined, () =>
            forbiddenField(
              template.child('spec', 'activeDeadlineSeconds'),
              'activeDeadlineSeconds in ReplicationController is not Supported',
            ),
          ),
        ]
      : [requiredField(template)]),
  ]
}
