import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
} from '../../../generated/types/admissionregistration-v1.ts'
import { fillAbsent } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { configurationRules } from '../shared/configuration.ts'
import { withWebhookDefaults } from '../shared/defaults.ts'

/** MutatingWebhookConfigurations name webhooks that may change objects before they are stored. */
export const mutatingWebhookConfigurations = defineResource<MutatingWebhookConfiguration>(
  { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingWebhookConfiguration' },
  configurationRules((webhook: MutatingWebhook) =>
    fillAbsent(withWebhookDefaults(webhook), { reinvocationPolicy: 'Never' }),
  ),
)
