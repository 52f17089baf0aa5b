import { resourceList } from '../shared/define-resource.ts'
import { bindings } from './v1/binding/index.ts'
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

export {
  bindings,
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
}

/** The kinds of the core group. */
export const coreResources = resourceList([
  bindings,
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
