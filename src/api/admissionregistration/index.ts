import { resourceList } from '../shared/define-resource.ts'
import { mutatingWebhookConfigurations } from './v1/mutating-webhook-configuration/index.ts'
import { validatingWebhookConfigurations } from './v1/validating-webhook-configuration/index.ts'

export { mutatingWebhookConfigurations } from './v1/mutating-webhook-configuration/index.ts'
export { validatingWebhookConfigurations } from './v1/validating-webhook-configuration/index.ts'

/** The kinds of admissionregistration.k8s.io. */
export const admissionregistrationResources = resourceList([
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
])
