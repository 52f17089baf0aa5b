import type { Resource } from '#machinery'
import { admissionregistrationResources } from '../admissionregistration/index.ts'
import { apiextensionsResources } from '../apiextensions/index.ts'
import { apiregistrationResources } from '../apiregistration/index.ts'
import { appsResources } from '../apps/index.ts'
import { authenticationResources } from '../authentication/index.ts'
import { authorizationResources } from '../authorization/index.ts'
import { autoscalingResources } from '../autoscaling/index.ts'
import { batchResources } from '../batch/index.ts'
import { certificatesResources } from '../certificates/index.ts'
import { coordinationResources } from '../coordination/index.ts'
import { coreResources } from '../core/index.ts'
import { discoveryResources } from '../discovery/index.ts'
import { eventsResources } from '../events/index.ts'
import { extensionsResources } from '../extensions/index.ts'
import { flowcontrolResources } from '../flowcontrol/index.ts'
import { networkingResources } from '../networking/index.ts'
import { nodeResources } from '../node/index.ts'
import { policyResources } from '../policy/index.ts'
import { rbacResources } from '../rbac/index.ts'
import { resourceResources } from '../resource/index.ts'
import { schedulingResources } from '../scheduling/index.ts'
import { simResources } from '../sim/index.ts'
import { storageResources } from '../storage/index.ts'

/** Every kind that is built in, in the order of discovery; a server may serve others besides. */
export const resources: readonly Resource[] = [
  ...coreResources,
  ...admissionregistrationResources,
  ...apiextensionsResources,
  ...apiregistrationResources,
  ...appsResources,
  ...authenticationResources,
  ...authorizationResources,
  ...autoscalingResources,
  ...batchResources,
  ...certificatesResources,
  ...coordinationResources,
  ...discoveryResources,
  ...eventsResources,
  ...extensionsResources,
  ...flowcontrolResources,
  ...networkingResources,
  ...nodeResources,
  ...policyResources,
  ...rbacResources,
  ...resourceResources,
  ...schedulingResources,
  ...simResources,
  ...storageResources,
]
