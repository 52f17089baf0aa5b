import { resourceList } from '../shared/define-resource.ts'
import { horizontalPodAutoscalersV1 } from './v1/horizontal-pod-autoscaler/index.ts'
import { horizontalPodAutoscalers } from './v2/horizontal-pod-autoscaler/index.ts'

export { horizontalPodAutoscalers } from './v2/horizontal-pod-autoscaler/index.ts'

/** The kinds of autoscaling; the second version comes first, as upstream prefers it. */
export const autoscalingResources = resourceList([
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
])
