import {
  type AdmissionregistrationV1,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from '#api'
import { derived } from '#lib'
import type { Resource, Stored } from '#machinery'
import { type CompiledCondition, compileConditions } from '#rules'
import type { ObjectReader } from '../../cache/object-reader.ts'
import type { Served } from '../../served/served.ts'
import type { MatchCriteria } from '../matching/match-request.ts'

/** A webhook of either kind, with its defaults. */
type Webhook = AdmissionregistrationV1.MutatingWebhook | AdmissionregistrationV1.ValidatingWebhook

/** A webhook of a configuration that is in force. */
export interface ConfiguredWebhook {
  /** The name of its configuration. */
  readonly configuration: string
  /** Tells it from all others of its kind. */
  readonly id: string
  readonly webhook: Webhook
  readonly criteria: MatchCriteria
}

/** Where configurations are read, and how one learns that some have changed. */
export interface ConfigurationSource {
  readonly objects: ObjectReader
  /** Differs whenever a configuration of admission has changed. */
  readonly admissionChanges: () => number
  /** A server may not serve them at all. */
  readonly served: Pick<Served, 'find'>
}

type Configuration =
  | AdmissionregistrationV1.MutatingWebhookConfiguration
  | AdmissionregistrationV1.ValidatingWebhookConfiguration

/** The webhooks that may change objects: by the names of their configurations, and in their order there. */
export function mutatingWebhooks(source: ConfigurationSource): () => readonly ConfiguredWebhook[] {
  return remembered(source, mutatingWebhookConfigurations)
}

/** The webhooks that may refuse requests, in the same order. */
export function validatingWebhooks(
  source: ConfigurationSource,
): () => readonly ConfiguredWebhook[] {
  return remembered(source, validatingWebhookConfigurations)
}

/** Reads the caches again only after a change: every write of the cluster asks. */
function remembered<T extends Configuration>(
  { objects, admissionChanges, served }: ConfigurationSource,
  resource: Resource<T>,
): () => readonly ConfiguredWebhook[] {
  const { group, version, plural } = resource
  let at = 0
  let webhooks: readonly ConfiguredWebhook[] = []
  return () => {
    const now = admissionChanges()
    if (now !== at) {
      const isServed = served.find(group, version, plural) !== undefined
      const configurations = isServed ? objects.list<T>(resource) : []
      webhooks = configurations.flatMap((configuration) => webhooksOf(configuration))
      at = now
    }
    return webhooks
  }
}

/** The conditions of a webhook, compiled when the first request comes that its rules are about. */
export const matchConditionsOf = derived(
  ({ matchConditions = [] }: Webhook): readonly CompiledCondition[] =>
    compileConditions(matchConditions),
)

const webhooksOf = derived((configuration: Stored<Configuration>) => {
  const { name } = configuration.metadata
  const webhooks: readonly Webhook[] = configuration.webhooks ?? []
  return webhooks.map((webhook, index): ConfiguredWebhook => {
    const { namespaceSelector, objectSelector, matchPolicy, rules = [] } = webhook
    return {
      configuration: name,
      id: `${name}/${webhook.name}/${index}`,
      webhook,
      criteria: {
        ...(namespaceSelector && { namespaceSelector }),
        ...(objectSelector && { objectSelector }),
        ...(matchPolicy && { matchPolicy }),
        rules,
      },
    }
  })
})
