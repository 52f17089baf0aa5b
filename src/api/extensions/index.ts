import { resourceList } from '../shared/define-resource.ts'
import { legacyDaemonSets } from './v1beta1/daemon-set/index.ts'
import { legacyDeployments } from './v1beta1/deployment/index.ts'
import { legacyIngresses } from './v1beta1/ingress/index.ts'
import { legacyReplicaSets } from './v1beta1/replica-set/index.ts'

export { legacyDaemonSets, legacyDeployments, legacyIngresses, legacyReplicaSets }

/** The kinds of extensions. */
export const extensionsResources = resourceList([
  legacyDaemonSets,
  legacyDeployments,
  legacyIngresses,
  legacyReplicaSets,
])
