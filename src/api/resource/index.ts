import { resourceList } from '../shared/define-resource.ts'
import { deviceClasses } from './v1/device-class/index.ts'
import { resourceClaims } from './v1/resource-claim/index.ts'
import { resourceClaimTemplates } from './v1/resource-claim-template/index.ts'
import { resourceSlices } from './v1/resource-slice/index.ts'

export { deviceClasses } from './v1/device-class/index.ts'
export { resourceClaims } from './v1/resource-claim/index.ts'
export { resourceClaimTemplates } from './v1/resource-claim-template/index.ts'
export { resourceSlices } from './v1/resource-slice/index.ts'

/** The kinds of resource.k8s.io. */
export const resourceResources = resourceList([
  deviceClasses,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
])
