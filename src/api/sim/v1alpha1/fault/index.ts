import type { Fault } from '../../../generated/types/sim-v1alpha1.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { validateFault, validateFaultUpdate } from './validation.ts'

/** Faults break something for as long as they are there; deleting one heals it. */
export const faults = defineResource<Fault>(
  { group: 'sim.knarr.dev', version: 'v1alpha1', kind: 'Fault' },
  {
    columns: [
      nameColumn,
      text('Type', ({ spec }) => spec.type),
      text('Target', targetOf),
      text('Phase', ({ status }) => status?.phase ?? ''),
      ageColumn,
    ],
    prepareForCreate: (draft) => withStatus(draft, { phase: 'Pending' }),
    prepareForUpdate: keepStatus,
    validate: validateFault,
    validateUpdate: validateFaultUpdate,
    subresources: { status: statusPart() },
  },
)

function targetOf({ spec }: Fault): string {
  const pod = spec.pod && `${spec.namespace ?? 'default'}/${spec.pod}`
  const between = spec.peer && `${spec.node}-${spec.peer}`
  return pod ?? between ?? spec.node ?? spec.registry ?? ''
}
