import { resourceList } from '../shared/define-resource.ts'
import { legacyDaemonSets } from './v1beta1/daemon-set/index.ts'
import { legacyDeployments } from './v1beta1/deployment/index.ts'
import { legacyIngresses } from './v1beta1/ingress/index.ts'
import { legacyReplicaSets } from './v1beta1/replica-set/index.ts'

export { legacyDaemonSets } from './v1beta1/daemon-set/index.ts'
export { legacyDeployments } from './v1beta1/deployment/index.ts'
export { legacyIngresses } from './v1beta1/ingress/index.ts'
export { legacyReplicaSets } from './v1beta1/replica-set/index.ts'

/**
 * The kinds of extensions, as views of what took their place: for manifests of before 1.16. Upstream has removed
 * them, so they are served only where `--runtime-config extensions/v1beta1=true` asks for them.
 */
export const extensionsResources = resourceList([
  legacyDaemonSets,
  legacyDeployments,
  legacyIngresses,
  legacyReplicaSets,
])
