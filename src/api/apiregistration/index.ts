import { resourceList } from '../shared/define-resource.ts'
import { apiServices } from './v1/api-service/index.ts'

export { apiServices } from './v1/api-service/index.ts'
export { apiServicePriorities } from './v1/api-service/priorities.ts'

/** The kinds of apiregistration.k8s.io. */
export const apiregistrationResources = resourceList([apiServices])
