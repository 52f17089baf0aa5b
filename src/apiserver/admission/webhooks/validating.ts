import type { Admission, AdmissionContext } from '../admission.ts'
import { isExempt } from '../matching/match-request.ts'
import { callWebhook, WebhookCallError } from './call-webhook.ts'
import { validatingWebhooks } from './configured.ts'
import { invocationOf, type WebhookInvocation, type WebhookParts } from './plugin.ts'

const failedOpenPrefix = 'failed-open.validating.webhook.admission.k8s.io/'

/** Asks the webhooks of ValidatingWebhookConfigurations, all of them at once. */
export function validatingWebhookAdmission(parts: WebhookParts): Admission {
  const webhooks = validatingWebhooks(parts)
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (attributes) => webhooks().length > 0 && !isExempt(attributes),
    async validate(attributes, context) {
      const wanting: WebhookInvocation[] = []
      for (const hook of webhooks()) {
        const invocation = await invocationOf(hook, attributes, parts, context)
        if (invocation) wanting.push(invocation)
      }
      const errors: unknown[] = []
      const ask = (invocation: WebhookInvocation, index: number) =>
        askOne(invocation, index, parts, context).catch((error: unknown) => errors.push(error))
      await Promise.all(wanting.map(ask))
      if (errors.length > 0) throw errors[0]
    },
  }
}

async function askOne(
  { hook, request, object, old }: WebhookInvocation,
  index: number,
  parts: WebhookParts,
  context: AdmissionContext,
): Promise<void> {
  try {
    await callWebhook(hook, { request, object, old, isMutating: false }, parts, context)
  } catch (error) {
    if (!(error instanceof WebhookCallError)) throw error
    if (hook.webhook.failurePolicy !== 'Ignore') throw error.refusal
    context.annotate?.(`${failedOpenPrefix}round_0_index_${index}`, hook.webhook.name)
  }
}
