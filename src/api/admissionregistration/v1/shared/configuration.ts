import type { KubeObject, Strategy } from '#machinery'
import { change, mapItems } from '../../../shared/change.ts'
import { ageColumn, integer, nameColumn } from '../../../shared/columns.ts'
import type { ResourceRules } from '../../../shared/define-resource.ts'
import { validateWebhooks, type Webhook } from './webhook.ts'

/** An object that lists webhooks. */
interface WebhookConfiguration<W extends Webhook> extends KubeObject {
  readonly webhooks?: readonly W[]
}

/** What both kinds of configurations have alike; they differ in the defaults of their webhooks. */
export function configurationRules<W extends Webhook, T extends WebhookConfiguration<W>>(
  defaultWebhook: (webhook: W) => W,
): ResourceRules<T> {
  return {
    columns: [
      nameColumn,
      integer<T>('Webhooks', ({ webhooks = [] }) => webhooks.length),
      ageColumn,
    ],
    tracksGeneration: true,
    allowUnconditionalUpdate: false,
    default: (configuration: T) =>
      change<WebhookConfiguration<W>>(configuration, {
        webhooks: mapItems(configuration.webhooks, defaultWebhook),
      }) as T, // Cast: with its webhooks completed it is what it was.
    validate: ({ webhooks }) => validateWebhooks(webhooks),
    validateUpdate: ({ webhooks }, old) => validateWebhooks(webhooks, old.webhooks ?? []),
    warnings: ({ metadata }) => suffixWarnings(metadata?.name ?? ''),
  } satisfies Pick<Strategy<T>, 'default' | 'warnings'> & ResourceRules<T>
}

const staticSuffix = '.static.k8s.io'

/** A suffix of upstream's alpha feature of configurations that are files. */
export function suffixWarnings(name: string): readonly string[] {
  if (!name.endsWith(staticSuffix)) return []
  return [
    `metadata.name: names ending with "${staticSuffix}" are reserved for static manifest-based configurations and cannot be managed via the API`,
  ]
}
