import { resourceList } from '../shared/define-resource.ts'
import { priorityClasses } from './v1/priority-class/index.ts'

export { priorityClasses } from './v1/priority-class/index.ts'

/** The kinds of scheduling.k8s.io. */
export const schedulingResources = resourceList([priorityClasses])
