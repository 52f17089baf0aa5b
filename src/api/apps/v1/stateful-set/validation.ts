import { deepEqual, type Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  validateNonNegative,
} from '#machinery/validation'
import type {
  StatefulSet,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from '../../../generated/types/index.ts'
import { change } from '../../../shared/change.ts'
import { ensure, requireOneOf } from '../../../shared/checks.ts'
import {
  isZeroOrZeroPercent,
  validateAtMostWhole,
  validateIntOrPercent,
} from '../../../shared/int-or-percent.ts'
import { validateWorkloadSelector, validateWorkloadTemplate } from '../workload.ts'

const specPath = fieldPath('spec')

export function validateStatefulSet({ spec = {} as StatefulSetSpec }: StatefulSet): FieldErrors {
  const { replicas = 0, minReadySeconds = 0, selector } = spec
  const policy = spec.persistentVolumeClaimRetentionPolicy
  const policyPath = specPath.child('persistentVolumeClaimRetentionPolicy')
  return [
    ...validateManagement(spec.podManagementPolicy, specPath.child('podManagementPolicy')),
    ...validateStrategy(spec.updateStrategy ?? {}, specPath.child('updateStrategy')),
    ...(['whenDeleted', 'whenScaled'] as const).flatMap((name) =>
      policy ? requireOneOf(policy[name], policyPath.child(name), ['Delete', 'Retain']) : [],
    ),
    ...validateNonNegative(replicas, specPath.child('replicas')),
    ...validateNonNegative(minReadySeconds, specPath.child('minReadySeconds')),
    ...validateNonNegative(spec.ordinals?.start ?? 0, specPath.child('ordinals', 'start')),
    ...validateWorkloadSelector(selector, specPath.child('selector'), 'statefulset'),
    ...validateWorkloadTemplate(withClaims(spec), specPath.child('template'), {
      selector,
      deadlineMessage: 'activeDeadlineSeconds in StatefulSet is not Supported',
    }),
  ]
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

/** Only what can be changed without making the pods anew under other names may change. */
export function validateStatefulSetUpdate(set: StatefulSet, old: Stored<StatefulSet>): FieldErrors {
  const spec = set.spec ?? ({} as StatefulSetSpec)
  const masked = change<StatefulSetSpec>(
    spec,
    Object.fromEntries(changeable.map((name) => [name, old.spec?.[name]])),
  )
  const names = `${changeable
    .slice(0, -1)
    .map((name) => `'${name}'`)
    .join(', ')} and '${changeable.at(-1)}'`
  return [
    ...validateStatefulSet(set),
    ...ensure(deepEqual(masked, old.spec), () =>
      forbiddenField(
        specPath,
        `updates to statefulset spec for fields other than ${names} are forbidden`,
      ),
    ),
  ]
}

/** Containers may mount what the set claims for each pod, though the template does not list it. */
function withClaims(spec: StatefulSetSpec): StatefulSetSpec['template'] {
  const { template, volumeClaimTemplates = [] } = spec
  if (!template?.spec || volumeClaimTemplates.length === 0) return template
  const claimed = volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? '')
  const isClaimed = new Set(claimed)
  const volumes = [
    ...claimed.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    ...(template.spec.volumes ?? []).filter(({ name }) => !isClaimed.has(name)),
  ]
  return change(template, { spec: change(template.spec, { volumes }) })
}

function validateManagement(policy: string | undefined, path: FieldPath): FieldErrors {
  if (!policy) return [requiredField(path)]
  return ensure(policy === 'OrderedReady' || policy === 'Parallel', () =>
    invalidField(path, policy, "must be 'OrderedReady' or 'Parallel'"),
  )
}

function validateStrategy(strategy: StatefulSetUpdateStrategy, path: FieldPath): FieldErrors {
  const { type, rollingUpdate } = strategy
  const rolling = path.child('rollingUpdate')
  switch (type) {
    case undefined:
    case '':
      return [requiredField(path)]
    case 'OnDelete':
      return ensure(!rollingUpdate, () =>
        invalidField(rolling, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'"),
      )
    case 'RollingUpdate': {
      const { partition = 0, maxUnavailable } = rollingUpdate ?? {}
      return [
        ...validateNonNegative(partition, rolling.child('partition')),
        ...(maxUnavailable === undefined
          ? []
          : [
              ...validateIntOrPercent(maxUnavailable, rolling.child('maxUnavailable')),
              ...ensure(!isZeroOrZeroPercent(maxUnavailable), () =>
                invalidField(rolling.child('maxUnavailable'), maxUnavailable, 'cannot be 0'),
              ),
              ...validateAtMostWhole(maxUnavailable, rolling.child('maxUnavailable')),
            ]),
      ]
    }
    default:
      return [invalidField(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")]
  }
}
