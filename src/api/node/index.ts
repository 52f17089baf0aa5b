import { resourceList } from '../shared/define-resource.ts'
import { runtimeClasses } from './v1/runtime-class/index.ts'

export { runtimeClasses } from './v1/runtime-class/index.ts'

/** The kinds of node.k8s.io. */
export const nodeResources = resourceList([runtimeClasses])
