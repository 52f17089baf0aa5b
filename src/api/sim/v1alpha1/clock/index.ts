import type { KubeObject } from '#machinery'
import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { Clock, ClockAdvance } from '../../../generated/types/sim-v1alpha1.ts'
import { ensure, requireValue } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart } from '../../../shared/status.ts'
import { readDuration, validateDuration } from '../durations.ts'

/** The name of the one ClusterClock of a cluster is always this. */
export const clockName = 'cluster'

/** The fastest that virtual time may be tied to wall time; beyond, `advance` is meant. */
const maxClockSpeed = 100_000

/** The one object of the kind ClusterClock shows and moves the time of a simulated cluster. */
export const clocks = defineResource<Clock>(
  { group: 'sim.knarr.dev', version: 'v1alpha1', kind: 'Clock' },
  {
    columns: [
      nameColumn,
      text('Mode', ({ status }) => status?.mode ?? ''),
      text('Paused', ({ spec }) => `${spec?.paused ?? false}`),
      text('Speed', ({ spec }) => `${spec?.speed ?? '1'}x`),
      text('Now', ({ status }) => status?.now ?? ''),
      ageColumn,
    ],
    checkName: (name) => (name === clockName ? [] : [`must be ${clockName}: a cluster has one`]),
    tracksGeneration: true,
    prepareForUpdate: keepStatus,
    validate,
    subresources: {
      status: statusPart(),
      advance: {
        kind: 'action',
        group: 'sim.knarr.dev',
        version: 'v1alpha1',
        objectKind: 'ClockAdvance',
        schemaName: 'dev.knarr.sim.v1alpha1.ClockAdvance',
      },
    },
  },
)

function validate({ spec = {} }: Clock): FieldErrors {
  const { speed } = spec
  if (speed === undefined) return []
  const path = fieldPath('spec', 'speed')
  const factor = /^\d+(\.\d+)?$/.test(speed) ? Number(speed) : Number.NaN
  return ensure(factor > 0 && factor <= maxClockSpeed, () =>
    invalidField(path, speed, `must be a number above 0 and at most ${maxClockSpeed}`),
  )
}

/** Errors of a request to move time. */
export function validateClockAdvance({ spec }: ClockAdvance & KubeObject): FieldErrors {
  const path = fieldPath('spec')
  const { duration, until } = spec ?? {}
  const at = path.child('until')
  return [
    ...requireValue(duration, path.child('duration'), 'how far to go at most; 0s tells the time'),
    ...(readDuration(duration ?? '') === 0
      ? []
      : validateDuration(duration, path.child('duration'))),
    ...(until
      ? [
          ...requireValue(until.resource, at.child('resource')),
          ...requireValue(until.name, at.child('name')),
          ...requireValue(until.for, at.child('for')),
        ]
      : []),
  ]
}
