import { resourceList } from '../shared/define-resource.ts'
import { controllerRevisions } from './v1/controller-revision/index.ts'
import { daemonSets } from './v1/daemon-set/index.ts'
import { deployments } from './v1/deployment/index.ts'
import { replicaSets } from './v1/replica-set/index.ts'
import { statefulSets } from './v1/stateful-set/index.ts'

export { controllerRevisions } from './v1/controller-revision/index.ts'
export { daemonSets } from './v1/daemon-set/index.ts'
export { deployments } from './v1/deployment/index.ts'
export { replicaSets } from './v1/replica-set/index.ts'
export { statefulSets } from './v1/stateful-set/index.ts'

/** The kinds of apps. */
export const appsResources = resourceList([
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
])
