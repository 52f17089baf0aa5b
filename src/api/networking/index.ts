import { resourceList } from '../shared/define-resource.ts'
import { ingresses } from './v1/ingress/index.ts'
import { ingressClasses } from './v1/ingress-class/index.ts'
import { ipAddresses } from './v1/ip-address/index.ts'
import { networkPolicies } from './v1/network-policy/index.ts'
import { serviceCidrs } from './v1/service-cidr/index.ts'

export { ingresses } from './v1/ingress/index.ts'
export { ingressClasses } from './v1/ingress-class/index.ts'
export { ipAddresses } from './v1/ip-address/index.ts'
export { mostSelectedPeers, networkPolicies } from './v1/network-policy/index.ts'
export { serviceCidrs } from './v1/service-cidr/index.ts'

/** The kinds of networking.k8s.io. */
export const networkingResources = resourceList([
  ingresses,
  ingressClasses,
  ipAddresses,
  networkPolicies,
  serviceCidrs,
])
