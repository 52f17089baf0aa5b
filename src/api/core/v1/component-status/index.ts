import type { ComponentStatus } from '../../../generated/types/index.ts'
import { nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

const healthOf = ({ conditions }: ComponentStatus) =>
  conditions?.find(({ type }) => type === 'Healthy')

/** ComponentStatuses are stored nowhere: the parts of the control plane are asked how they are. */
export const componentStatuses = defineResource<ComponentStatus>(
  { group: '', version: 'v1', kind: 'ComponentStatus' },
  {
    columns: [
      nameColumn,
      text('Status', (object) => {
        const health = healthOf(object)
        if (!health) return 'Unknown'
        return health.status === 'True' ? 'Healthy' : 'Unhealthy'
      }),
      text('Message', (object) => healthOf(object)?.message ?? ''),
      text('Error', (object) => healthOf(object)?.error ?? ''),
    ],
    deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  },
)
