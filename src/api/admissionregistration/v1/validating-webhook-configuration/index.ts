import type { ValidatingWebhookConfiguration } from '../../../generated/types/admissionregistration-v1.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { configurationRules } from '../shared/configuration.ts'
import { withWebhookDefaults } from '../shared/defaults.ts'

/** ValidatingWebhookConfigurations name webhooks that may refuse what is to be stored. */
export const validatingWebhookConfigurations = defineResource<ValidatingWebhookConfiguration>(
  { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingWebhookConfiguration' },
  configurationRules(withWebhookDefaults),
)
