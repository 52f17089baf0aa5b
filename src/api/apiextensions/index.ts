import { resourceList } from '../shared/define-resource.ts'
import { customResourceDefinitions } from './v1/custom-resource-definition/index.ts'

export { approvalOf, isProtectedGroup } from './v1/custom-resource-definition/api-approval.ts'
export { cleanupFinalizer } from './v1/custom-resource-definition/life.ts'
export { nonStructuralOf } from './v1/custom-resource-definition/non-structural.ts'
export { hasStatus as hasStatusPart } from './v1/custom-resource-definition/versions.ts'
export { customResourceDefinitions }

/** The kinds of apiextensions.k8s.io. */
export const apiextensionsResources = resourceList([customResourceDefinitions])
