import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { Lease } from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** Leases are heartbeats of nodes, and locks of leaders. */
export const leases = defineResource<Lease>(
  { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' },
  {
    columns: [nameColumn, text('Holder', ({ spec }) => spec?.holderIdentity ?? ''), ageColumn],
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: false,
    validate,
  },
)

function validate({ spec = {} }: Lease): FieldErrors {
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = spec
  const path = fieldPath('spec')
  return [
    ...ensure(duration === undefined || duration > 0, () =>
      invalidField(path.child('leaseDurationSeconds'), duration, 'must be greater than 0'),
    ),
    ...ensure(transitions === undefined || transitions >= 0, () =>
      invalidField(
        path.child('leaseTransitions'),
        transitions,
        'must be greater than or equal to 0',
      ),
    ),
  ]
}
