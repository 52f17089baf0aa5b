import type { Stored } from '#machinery'
import { type FieldErrors, fieldPath, forbiddenField } from '#machinery/validation'
import type { PriorityClass } from '../../../generated/types/index.ts'
import { fillAbsent } from '../../../shared/change.ts'
import { ensure, requireOneOf } from '../../../shared/checks.ts'
import { ageColumn, integer, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

const maxUserPriority = 1_000_000_000

/** The classes of the system's own pods; their names are reserved. */
export const systemPriorities: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

/** PriorityClasses name the priorities of pods. */
export const priorityClasses = defineResource<PriorityClass>(
  { group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass' },
  {
    columns: [
      nameColumn,
      integer('Value', ({ value }) => value),
      {
        name: 'Global-Default',
        type: 'boolean',
        value: ({ globalDefault = false }) => globalDefault,
      },
      ageColumn,
      text('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
    ],
    tracksGeneration: true,
    default: (object) => fillAbsent(object, { preemptionPolicy: 'PreemptLowerPriority' }),
    validate,
    validateUpdate: (next, old: Stored<PriorityClass>) =>
      (['value', 'preemptionPolicy'] as const).flatMap((name) =>
        ensure((next[name] ?? 0) === (old[name] ?? 0), () =>
          forbiddenField(fieldPath(name), 'may not be changed in an update.'),
        ),
      ),
  },
)

function validate({ metadata, value = 0, preemptionPolicy }: PriorityClass): FieldErrors {
  const name = metadata?.name ?? ''
  const policy = preemptionPolicy
    ? requireOneOf(preemptionPolicy, fieldPath('preemptionPolicy'), [
        'PreemptLowerPriority',
        'Never',
      ])
    : []
  if (name.startsWith('system-')) {
    return [
      ...ensure(systemPriorities[name] === value, () =>
        forbiddenField(
          fieldPath('metadata', 'name'),
          "priority class names with 'system-' prefix are reserved for system use only",
        ),
      ),
      ...policy,
    ]
  }
  return [
    ...ensure(value <= maxUserPriority, () =>
      forbiddenField(
        fieldPath('value'),
        `maximum allowed value of a user defined priority is ${maxUserPriority}`,
      ),
    ),
    ...policy,
  ]
}
