import type { Clock } from '#lib'
import type { Store } from '#store'
import type { RegistryServices } from '../request/resource-request.ts'
import { statusesOfComponents } from './component-statuses.ts'
import type { HealthCheck } from './health.ts'

/** The kinds of which no object is stored. */
export function computedKinds({
  store,
  clock,
  components = [],
}: {
  readonly store: Store
  readonly clock: Clock
  /** The parts of the control plane besides the store. */
  readonly components?: readonly HealthCheck[]
}): RegistryServices['computed'] {
  const revision = async () => {
    await store.currentRevision()
    return undefined
  }
  const checks = [...components, { name: 'etcd-0', check: revision }]
  return { componentstatuses: () => statusesOfComponents(checks, clock) }
}
