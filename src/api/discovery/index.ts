import { resourceList } from '../shared/define-resource.ts'
import { endpointSlices } from './v1/endpoint-slice/index.ts'

export { endpointSlices } from './v1/endpoint-slice/index.ts'

/** The kinds of discovery.k8s.io. */
export const discoveryResources = resourceList([endpointSlices])
