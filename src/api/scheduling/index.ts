import { resourceList } from '../shared/define-resource.ts'
import { priorityClasses } from './v1/priority-class/index.ts'

export { priorityClasses }

/** The kinds of scheduling.k8s.io. */
export const schedulingResources = resourceList([priorityClasses])
