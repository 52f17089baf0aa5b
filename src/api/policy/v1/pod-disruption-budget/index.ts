import { validateLabelSelector } from '#machinery/selectors'
import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { PodDisruptionBudget } from '../../../generated/types/index.ts'
import { ensure, requireOneOf } from '../../../shared/checks.ts'
import { ageColumn, integer, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateAtMostWhole, validateIntOrPercent } from '../../../shared/int-or-percent.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'

const notApplicable = 'N/A'

/** PodDisruptionBudgets bound how many pods an eviction may take away. */
export const podDisruptionBudgets = defineResource<PodDisruptionBudget>(
  { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
  {
    columns: [
      nameColumn,
      text('Min Available', ({ spec }) => `${spec?.minAvailable ?? notApplicable}`),
      text('Max Unavailable', ({ spec }) => `${spec?.maxUnavailable ?? notApplicable}`),
      integer('Allowed Disruptions', ({ status }) => status?.disruptionsAllowed),
      ageColumn,
    ],
    tracksGeneration: true,
    prepareForCreate: (draft) =>
      withStatus(draft, {
        disruptionsAllowed: 0,
        currentHealthy: 0,
        desiredHealthy: 0,
        expectedPods: 0,
      }),
    prepareForUpdate: keepStatus,
    validate,
    subresources: { status: statusPart() },
  },
)

function validate({ spec = {} }: PodDisruptionBudget): FieldErrors {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec
  const path = fieldPath('spec')
  return [
    ...ensure(minAvailable === undefined || maxUnavailable === undefined, () =>
      invalidField(path, spec, 'minAvailable and maxUnavailable cannot be both set'),
    ),
    ...(['minAvailable', 'maxUnavailable'] as const).flatMap((name) => {
      const value = spec[name]
      if (value === undefined) return []
      return [
        ...validateIntOrPercent(value, path.child(name)),
        ...validateAtMostWhole(value, path.child(name)),
      ]
    }),
    ...validateLabelSelector(spec.selector, path.child('selector')),
    ...(policy === undefined
      ? []
      : requireOneOf(policy, path.child('unhealthyPodEvictionPolicy'), [
          'AlwaysAllow',
          'IfHealthyBudget',
        ])),
  ]
}
