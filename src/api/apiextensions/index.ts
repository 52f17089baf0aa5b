import { resourceList } from '../shared/define-resource.ts'
import { customResourceDefinitions } from './v1/custom-resource-definition/index.ts'

/** The kinds of apiextensions.k8s.io. */
export const apiextensionsResources = resourceList([customResourceDefinitions])
