import type { ServiceReference } from '../../../generated/types/admissionregistration-v1.ts'
import { changeMember, fillAbsent, mapItems } from '../../../shared/change.ts'
import { withRuleDefaults } from './rules.ts'
import type { Webhook } from './webhook.ts'

/** A webhook with the defaults of both kinds. */
export function withWebhookDefaults<W extends Webhook>(webhook: W): W {
  const base = fillAbsent<Webhook>(webhook, {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  })
  const ruled = changeMember(base, 'rules', (rules) => mapItems(rules, withRuleDefaults) ?? rules)
  // Cast: only fields of `Webhook` are filled in.
  return changeMember(ruled, 'clientConfig', (config) =>
    changeMember(config, 'service', (service) =>
      fillAbsent<ServiceReference>(service, { port: 443 }),
    ),
  ) as W
}
