import { resourceList } from '../shared/define-resource.ts'
import { clocks } from './v1alpha1/clock/index.ts'
import { faults } from './v1alpha1/fault/index.ts'
import { snapshots } from './v1alpha1/snapshot/index.ts'

export { clocks } from './v1alpha1/clock/index.ts'
export { faults } from './v1alpha1/fault/index.ts'
export { snapshots } from './v1alpha1/snapshot/index.ts'

/** The kinds of sim.knarr.dev: what a cluster that can be fast-forwarded adds to Kubernetes. */
export const simResources = resourceList([clocks, faults, snapshots])
