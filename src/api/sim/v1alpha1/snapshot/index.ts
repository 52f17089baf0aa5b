import { deepEqual } from '#machinery'
import { type FieldErrors, fieldPath, forbiddenField } from '#machinery/validation'
import type { Snapshot } from '../../../generated/types/sim-v1alpha1.ts'
import { ensure, requireKnown } from '../../../shared/checks.ts'
import { ageColumn, integer, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'

/** Snapshots ask for the state of a simulated cluster to be kept. */
export const snapshots = defineResource<Snapshot>(
  { group: 'sim.knarr.dev', version: 'v1alpha1', kind: 'Snapshot' },
  {
    columns: [
      nameColumn,
      text('Type', ({ spec }) => spec.type),
      text('Phase', ({ status }) => status?.phase ?? ''),
      integer('Revision', ({ status }) => status?.revision),
      integer('Bytes', ({ status }) => status?.sizeBytes),
      ageColumn,
    ],
    prepareForCreate: (draft) => withStatus(draft, { phase: 'Pending' }),
    prepareForUpdate: keepStatus,
    validate: ({ spec }): FieldErrors =>
      requireKnown(spec.type, fieldPath('spec', 'type'), ['Exact', 'Warm']),
    validateUpdate: ({ spec }, old): FieldErrors =>
      ensure(deepEqual(spec, old.spec), () =>
        forbiddenField(fieldPath('spec'), 'a snapshot does not change'),
      ),
    subresources: { status: statusPart() },
  },
)
