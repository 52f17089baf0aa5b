import { resourceList } from '../shared/define-resource.ts'
import { flowSchemas } from './v1/flow-schema/index.ts'
import { priorityLevelConfigurations } from './v1/priority-level-configuration/index.ts'

export { autoUpdateAnnotation } from './bootstrap/make.ts'
export {
  type FlowControlObjects,
  mandatoryFlowControl,
  suggestedFlowControl,
} from './bootstrap/objects.ts'
export { flowSchemas } from './v1/flow-schema/index.ts'
export { priorityLevelConfigurations } from './v1/priority-level-configuration/index.ts'

/** The kinds of flowcontrol.apiserver.k8s.io. */
export const flowcontrolResources = resourceList([flowSchemas, priorityLevelConfigurations])
