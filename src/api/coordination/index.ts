import { resourceList } from '../shared/define-resource.ts'
import { leases } from './v1/lease/index.ts'

export { leases } from './v1/lease/index.ts'

/** The kinds of coordination.k8s.io. */
export const coordinationResources = resourceList([leases])
