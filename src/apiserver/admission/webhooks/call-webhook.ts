import type { Status } from '#api'
import { messageOf, type Random } from '#lib'
import { goQuote, type KubeObject } from '#machinery'
import { badRequest, errorFromStatus, internalError, type StatusError } from '#machinery/status'
import { type RequestSpan, type SpanAttributes, withSpan } from '../../spans/request-span.ts'
import type { WebhookClient } from '../../webhooks/webhook-client.ts'
import type { AdmissionContext } from '../admission.ts'
import type { ReviewRequest } from '../matching/review-request.ts'
import type { SchemaOf } from '../matching/versioned.ts'
import type { ConfiguredWebhook } from './configured.ts'
import {
  admissionReview,
  decodeReview,
  type ReviewResponse,
  reviewSchema,
  reviewVersionOf,
  verifiedResponse,
} from './review.ts'

/** A webhook could not be called, or did not answer as it should; its failure policy says what follows. */
export class WebhookCallError extends Error {
  constructor(webhook: string, reason: string, cause?: unknown) {
    super(`failed calling webhook ${goQuote(webhook)}: ${reason}`, { cause })
  }

  /** The refusal of a request whose webhook must not fail. */
  get refusal(): StatusError {
    return internalError(this.message, this)
  }
}

/** What calls are made with. */
export interface CallParts {
  readonly client: WebhookClient
  readonly random: Random
  readonly schemaOf: SchemaOf
}

/** What a webhook is shown. */
export interface Shown {
  readonly request: ReviewRequest
  readonly object: KubeObject | undefined
  readonly old: KubeObject | undefined
  readonly isMutating: boolean
}

/**
 * Asks a webhook about a request and gives its answer where it allows that; its warnings and annotations are told.
 * @throws WebhookCallError when it cannot be asked, StatusError when it refuses or cannot be asked about a dry run
 */
export async function callWebhook(
  { webhook, configuration }: ConfiguredWebhook,
  shown: Shown,
  parts: CallParts,
  context: AdmissionContext,
): Promise<ReviewResponse> {
  const { name, sideEffects } = webhook
  if (shown.request.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') {
    throw badRequest(`admission webhook ${goQuote(name)} does not support dry run`)
  }
  const uid = parts.random.uuid()
  const span = context.span?.begin(
    `Call ${shown.isMutating ? 'mutating' : 'validating'} webhook`,
    spanAttributes(shown.request, { configuration, webhook: name, UID: uid }),
  )
  const asked = { ...shown, uid, span }
  const response = await withSpan(span, () => answered(webhook, asked, parts, context.signal))
  for (const [key, value] of Object.entries(response.auditAnnotations ?? {})) {
    context.annotate?.(`${name}/${key}`, value)
  }
  for (const text of response.warnings ?? []) context.warn(text)
  if (!response.allowed) throw denial(name, response.status)
  return response
}

function spanAttributes(
  { resource, subResource: subresource = '', operation }: ReviewRequest,
  ids: SpanAttributes,
): SpanAttributes {
  const { group, version, resource: plural } = resource
  return { ...ids, resource: `${group}/${version}, Resource=${plural}`, subresource, operation }
}

interface AskedWebhook extends Shown {
  readonly uid: string
  readonly span: RequestSpan | undefined
}

async function answered(
  {
    name,
    clientConfig,
    timeoutSeconds = 10,
    admissionReviewVersions,
  }: ConfiguredWebhook['webhook'],
  { request, object, old, isMutating, uid, span }: AskedWebhook,
  { client, schemaOf }: CallParts,
  signal: AbortSignal,
): Promise<ReviewResponse> {
  const attempt = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      throw new WebhookCallError(name, `${what}: ${messageOf(error)}`, error)
    }
  }
  const version = await attempt('could not create admission objects', () =>
    reviewVersionOf(admissionReviewVersions),
  )
  const body = admissionReview(version, uid, request, { object, old })
  const review = await attempt('failed to call webhook', async () => {
    const options = { timeoutMs: timeoutSeconds * 1000, signal, span }
    const answer = await client.post(clientConfig, body, options)
    return decodeReview(answer, version, schemaOf(reviewSchema(version)))
  })
  return attempt('received invalid webhook response', () =>
    verifiedResponse(review, { version, uid, isMutating }),
  )
}

/** The refusal of a webhook (upstream: `ToStatusErr`). */
function denial(name: string, status: Status = {}): StatusError {
  const { code = 0, message = '', reason = '' } = status
  const said = message || reason
  const denied = `admission webhook ${goQuote(name)} denied the request`
  return errorFromStatus({
    // Cast: reasons of webhooks' own are shown like others.
    ...(status as Parameters<typeof errorFromStatus>[0]),
    code: Math.min(Math.max(code, 400), 999),
    message: said === '' ? `${denied} without explanation` : `${denied}: ${said}`,
  })
}
