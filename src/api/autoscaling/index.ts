import { resourceList } from '../shared/define-resource.ts'
import { horizontalPodAutoscalers } from './v2/horizontal-pod-autoscaler/index.ts'

export { horizontalPodAutoscalers } from './v2/horizontal-pod-autoscaler/index.ts'

/** The kinds of autoscaling. */
export const autoscalingResources = resourceList([horizontalPodAutoscalers])
