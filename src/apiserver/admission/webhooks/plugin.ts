import { type Clock, inTurns, messageOf } from '#lib'
import type { KubeObject, Resource } from '#machinery'
import { forbidden } from '#machinery/status'
import { conditionSteps, ExpressionPace } from '#rules'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { askedName, requestedResource } from '../matching/asked.ts'
import { conditionValues } from '../matching/condition-values.ts'
import type { Equivalents } from '../matching/equivalents.ts'
import { matchRequest } from '../matching/match-request.ts'
import { type ReviewRequest, reviewRequestOf } from '../matching/review-request.ts'
import { type VersionedForm, versionedForm } from '../matching/versioned.ts'
import type { CallParts } from './call-webhook.ts'
import {
  type ConfigurationSource,
  type ConfiguredWebhook,
  matchConditionsOf,
} from './configured.ts'

/** What the plugins of webhooks are made from. */
export interface WebhookParts extends CallParts, ConfigurationSource {
  readonly equivalents: Equivalents
  readonly authorizer: Authorizer
  /** Conditions that cost much give others their turn. */
  readonly clock: Clock
}

/** A webhook that wants to see a request, and what it is shown. */
export interface WebhookInvocation {
  readonly hook: ConfiguredWebhook
  readonly form: VersionedForm
  readonly request: ReviewRequest
  readonly object: KubeObject | undefined
  readonly old: KubeObject | undefined
}

/**
 * What a webhook is to be asked about a request; undefined where it does not want to be.
 * @throws StatusError where its conditions fail and it must not, or the namespace that it depends on is not there
 */
export async function invocationOf(
  hook: ConfiguredWebhook,
  attributes: AdmissionAttributes,
  parts: WebhookParts,
  context: AdmissionContext,
): Promise<WebhookInvocation | undefined> {
  const world = { objects: context.objects, equivalents: parts.equivalents }
  const resource = matchRequest(hook.criteria, attributes, world)
  if (!resource) return undefined
  const invocation = await shownAs(hook, resource, attributes, parts)
  return (await meetsConditions(invocation, attributes, parts)) ? invocation : undefined
}

async function shownAs(
  hook: ConfiguredWebhook,
  resource: Resource,
  attributes: AdmissionAttributes,
  { schemaOf }: WebhookParts,
): Promise<WebhookInvocation> {
  const form = versionedForm(attributes, resource, schemaOf)
  const { object, old } = attributes
  return {
    hook,
    form,
    request: reviewRequestOf(attributes, resource),
    object: object && (await form.read(object)),
    old: old && (await form.read(old)),
  }
}

async function meetsConditions(
  { hook, request, object, old }: WebhookInvocation,
  attributes: AdmissionAttributes,
  { authorizer, clock }: WebhookParts,
): Promise<boolean> {
  const { webhook } = hook
  const conditions = matchConditionsOf(webhook)
  if (conditions.length === 0) return true
  const values = conditionValues({ attributes, request, object, oldObject: old, authorizer })
  const steps = conditionSteps(conditions, values, new ExpressionPace())
  const outcome = await inTurns(steps, () => clock.turn())
  if (!('error' in outcome)) return outcome.matches
  if (webhook.failurePolicy === 'Ignore') return false
  throw forbidden(requestedResource(attributes), askedName(attributes), messageOf(outcome.error))
}
