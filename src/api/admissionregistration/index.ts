import { resourceList } from '../shared/define-resource.ts'
import { mutatingAdmissionPolicies } from './v1/mutating-admission-policy/index.ts'
import { mutatingAdmissionPolicyBindings } from './v1/mutating-admission-policy-binding/index.ts'
import { mutatingWebhookConfigurations } from './v1/mutating-webhook-configuration/index.ts'
import { validatingAdmissionPolicies } from './v1/validating-admission-policy/index.ts'
import { validatingAdmissionPolicyBindings } from './v1/validating-admission-policy-binding/index.ts'
import { validatingWebhookConfigurations } from './v1/validating-webhook-configuration/index.ts'

export { mutatingAdmissionPolicies } from './v1/mutating-admission-policy/index.ts'
export { mutatingAdmissionPolicyBindings } from './v1/mutating-admission-policy-binding/index.ts'
export { mutatingWebhookConfigurations } from './v1/mutating-webhook-configuration/index.ts'
export { validatingAdmissionPolicies } from './v1/validating-admission-policy/index.ts'
export { validatingAdmissionPolicyBindings } from './v1/validating-admission-policy-binding/index.ts'
export { validatingWebhookConfigurations } from './v1/validating-webhook-configuration/index.ts'

/** The kinds of admissionregistration.k8s.io. */
export const admissionregistrationResources = resourceList([
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
])
