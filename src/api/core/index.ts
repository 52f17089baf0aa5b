import { resourceList } from '../shared/define-resource.ts'
import { bindings } from './v1/binding/index.ts'
import { componentStatuses } from './v1/component-status/index.ts'
import { configMaps } from './v1/config-map/index.ts'
import { endpoints } from './v1/endpoints/index.ts'
import { events } from './v1/event/index.ts'
import { limitRanges } from './v1/limit-range/index.ts'
import { namespaces } from './v1/namespace/index.ts'
import { nodes } from './v1/node/index.ts'
import { persistentVolumes } from './v1/persistent-volume/index.ts'
import { persistentVolumeClaims } from './v1/persistent-volume-claim/index.ts'
import { pods } from './v1/pod/index.ts'
import { podTemplates } from './v1/pod-template/index.ts'
import { replicationControllers } from './v1/replication-controller/index.ts'
import { resourceQuotas } from './v1/resource-quota/index.ts'
import { secrets } from './v1/secret/index.ts'
import { services } from './v1/service/index.ts'
import { serviceAccounts } from './v1/service-account/index.ts'

export { bindings } from './v1/binding/index.ts'
export { componentStatuses } from './v1/component-status/index.ts'
export { configMaps } from './v1/config-map/index.ts'
export { endpoints } from './v1/endpoints/index.ts'
export { events } from './v1/event/index.ts'
export { limitRanges } from './v1/limit-range/index.ts'
export { namespaces } from './v1/namespace/index.ts'
export { nodes } from './v1/node/index.ts'
export { persistentVolumes } from './v1/persistent-volume/index.ts'
export { persistentVolumeClaims } from './v1/persistent-volume-claim/index.ts'
export { pods } from './v1/pod/index.ts'
export { podTemplates } from './v1/pod-template/index.ts'
export { replicationControllers } from './v1/replication-controller/index.ts'
export { resourceQuotas } from './v1/resource-quota/index.ts'
export { secrets } from './v1/secret/index.ts'
export { services } from './v1/service/index.ts'
export { validateClusterIps } from './v1/service/validate-addresses.ts'
export { serviceAccounts } from './v1/service-account/index.ts'

/** The kinds of the core group. */
export const coreResources = resourceList([
  bindings,
  componentStatuses,
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumes,
  persistentVolumeClaims,
  pods,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  secrets,
  services,
  serviceAccounts,
])
