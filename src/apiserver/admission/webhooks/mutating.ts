import { messageOf } from '#lib'
import { deepEqual, encodeJson, goQuote, type KubeObject, parseJson } from '#machinery'
import { applyJsonPatch } from '#machinery/patch'
import { prune } from '#machinery/schema'
import { internalError } from '#machinery/status'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { isExempt } from '../matching/match-request.ts'
import { callWebhook, WebhookCallError } from './call-webhook.ts'
import { type ConfiguredWebhook, mutatingWebhooks } from './configured.ts'
import { invocationOf, type WebhookInvocation, type WebhookParts } from './plugin.ts'
import type { ReviewResponse } from './review.ts'
import { mutatorRounds } from './rounds.ts'

const [mutationPrefix, patchPrefix] = [
  'mutation.webhook.admission.k8s.io/',
  'patch.webhook.admission.k8s.io/',
]

const pluginName = 'MutatingAdmissionWebhook'

/** Asks the webhooks of MutatingWebhookConfigurations, one after the other: each sees what those before it made. */
export function mutatingWebhookAdmission(parts: WebhookParts): Admission {
  const webhooks = mutatingWebhooks(parts)
  return {
    name: pluginName,
    handles: (attributes) => webhooks().length > 0 && !isExempt(attributes),
    mutate: (attributes, context) => askAll(webhooks(), attributes, parts, context),
    /** What is deleted cannot be changed, but these are asked about that too. */
    async validate(attributes, context) {
      if (attributes.verb === 'delete') await askAll(webhooks(), attributes, parts, context)
    },
  }
}

/** Gives the object as the last webhook leaves it. */
async function askAll<O extends KubeObject | undefined>(
  hooks: readonly ConfiguredWebhook[],
  attributes: AdmissionAttributes & { readonly object?: O },
  parts: WebhookParts,
  context: AdmissionContext,
): Promise<O> {
  const rounds = mutatorRounds(pluginName, context.reinvocation)
  let current = attributes.object
  rounds.begin(current)
  for (const [index, hook] of hooks.entries()) {
    const asked = { ...attributes, ...(current && { object: current }) }
    const invocation = await invocationOf(hook, asked, parts, context)
    if (!invocation || !rounds.mayCall(hook.id)) continue
    const place = { index, round: rounds.round }
    const changed = await askOne(invocation, { current, place }, parts, context)
    if (changed !== undefined && changed !== current) {
      // Cast: where there was an object there is one still.
      current = changed as O
      rounds.changed()
    }
    if (mayNeedAgain(hook)) rounds.mayNeedAgain(hook.id)
  }
  rounds.end(current)
  // Cast: as above.
  return current as O
}

function mayNeedAgain({ webhook }: ConfiguredWebhook): boolean {
  return 'reinvocationPolicy' in webhook && webhook.reinvocationPolicy === 'IfNeeded'
}

interface Asked {
  readonly current: KubeObject | undefined
  readonly place: { readonly index: number; readonly round: number }
}

/** Gives the changed object, or undefined where the webhook changes nothing. */
async function askOne(
  invocation: WebhookInvocation,
  { current, place }: Asked,
  parts: WebhookParts,
  context: AdmissionContext,
): Promise<KubeObject | undefined> {
  const { hook, form, request, object, old } = invocation
  const { name, failurePolicy } = hook.webhook
  const at = `round_${place.round}_index_${place.index}`
  const ids = { configuration: hook.configuration, webhook: name }
  const annotate = (mutated: boolean) =>
    context.annotate?.(`${mutationPrefix}${at}`, JSON.stringify({ ...ids, mutated }))
  try {
    const response = await callWebhook(
      hook,
      { request, object, old, isMutating: true },
      parts,
      context,
    )
    const patched = patchedObject(response, invocation, parts)
    if (!patched) {
      annotate(false)
      return undefined
    }
    const patch = { ...ids, patch: patched.patch, patchType: 'JSONPatch' }
    context.annotate?.(`${patchPrefix}${at}`, encodeJson(patch), 'Request')
    const isChanged = !deepEqual(patched.object, object)
    annotate(isChanged)
    return isChanged && current ? await form.write(current, patched.object) : undefined
  } catch (error) {
    annotate(false)
    if (!(error instanceof WebhookCallError)) throw error
    if (failurePolicy !== 'Ignore') throw error.refusal
    context.annotate?.(`failed-open.${mutationPrefix}${at}`, name)
    return undefined
  }
}

/**
 * What a patch makes of what the webhook was shown, decoded by its type and with its defaults.
 * @throws WebhookCallError, StatusError 500
 */
function patchedObject(
  { patch: text, patchType = '' }: ReviewResponse,
  { hook, form, object }: WebhookInvocation,
  { schemaOf }: WebhookParts,
): { readonly object: KubeObject; readonly patch: unknown } | undefined {
  if (text === undefined) return undefined
  const { name } = hook.webhook
  const patch = decodedPatch(text, name)
  if (patch.length === 0) return undefined
  if (!object) {
    throw internalError(
      `admission webhook ${goQuote(name)} attempted to modify the object, which is not supported for this operation`,
    )
  }
  if (patchType !== 'JSONPatch') {
    throw new WebhookCallError(name, `unsupported patch type ${goQuote(patchType)}`)
  }
  try {
    const { value } = prune(applyJsonPatch(object, patch), schemaOf(form.schemaName))
    // Cast: what has the form of the object's schema is an object.
    const whole = value as KubeObject
    const { apiVersion = '', kind = '' } = object
    return { object: form.withDefaults({ ...whole, apiVersion, kind }), patch }
  } catch (error) {
    throw internalError(messageOf(causeOf(error)), error)
  }
}

/** A patch that does not apply says why only in its cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}

function decodedPatch(text: string, name: string): readonly unknown[] {
  try {
    const patch = parseJson(text)
    if (Array.isArray(patch)) return patch
    throw new Error('json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  } catch (error) {
    const why = `received undecodable patch in webhook response: ${messageOf(error)}`
    throw new WebhookCallError(name, why, error)
  }
}
