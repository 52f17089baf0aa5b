import { type Clock, type Logger, linkedAbort, messageOf, type Random } from '#lib'
import { encodeJson, formatDuration } from '#machinery'
import { StatusError } from '#machinery/status'
import { AnswerError, decodedAnswer } from '../../webhooks/answer.ts'
import type { WebhookCall, WebhookTransport } from '../../webhooks/transport.ts'
import { callOfUrl } from '../../webhooks/url-call.ts'
import type { AuthorizationAttributes, Authorizer, Decision } from '../authorizer.ts'
import { conditionsHold } from './conditions.ts'
import { createDecisionCache } from './decision-cache.ts'
import { type ReviewSpec, type ReviewStatus, reviewSpecOf } from './review-spec.ts'
import type { CompiledWebhook } from './validate.ts'

/** How the server of a webhook is reached, as its kubeconfig says. */
export interface WebhookConnection extends Pick<WebhookCall, 'authorities' | 'client' | 'headers'> {
  readonly url: string
  /** The name that the certificate of the server must have, if not that of the URL. */
  readonly serverName?: string
}

/** What a webhook is asked with. */
export interface WebhookAuthorizerParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly transport: WebhookTransport
}

/** Asks a webhook by SubjectAccessReviews (upstream: `WebhookAuthorizer`). What it says is remembered for a while. */
export function createWebhookAuthorizer(
  webhook: CompiledWebhook,
  connection: WebhookConnection,
  parts: WebhookAuthorizerParts,
): Authorizer {
  const cache = createDecisionCache(parts.clock)
  const failed = (error: unknown): Decision => ({
    kind: webhook.deniesOnError ? 'deny' : 'noOpinion',
    reason: '',
    error: messageOf(error),
  })
  const asked = async (spec: ReviewSpec, key: string, isSmall: boolean, signal: AbortSignal) => {
    try {
      const status = await review(spec, { webhook, connection, ...parts }, signal)
      const keptMs = status.allowed ? webhook.authorizedMs : webhook.unauthorizedMs
      if (isSmall) cache.set(key, status, keptMs)
      return decisionOf(status)
    } catch (error) {
      parts.log.error('Failed to make webhook authorizer request', { error: messageOf(error) })
      return failed(error)
    }
  }
  return {
    name: 'Webhook',
    authorize(attributes, signal) {
      const spec = reviewSpecOf(attributes)
      try {
        if (!conditionsHold(webhook.conditions, spec)) return { kind: 'noOpinion', reason: '' }
      } catch (error) {
        return failed(error)
      }
      const key = JSON.stringify(spec)
      const known = cache.get(key)
      return known ? decisionOf(known) : asked(spec, key, isCacheable(attributes), signal)
    },
    rulesFor: () => ({
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: 'webhook authorizer does not support user rule resolution',
    }),
  }
}

function decisionOf({ allowed = false, denied = false, reason = '' }: ReviewStatus): Decision {
  if (denied && allowed) {
    const error = 'webhook subject access review returned both allow and deny response'
    return { kind: 'deny', reason, error }
  }
  if (denied) return { kind: 'deny', reason }
  return { kind: allowed ? 'allow' : 'noOpinion', reason }
}

/** What a client can make as large as it likes is not remembered where it is. */
const maxKeptLetters = 10_000

function isCacheable(attributes: AuthorizationAttributes): boolean {
  const { user: _, kind: __, ...texts } = attributes
  const lengths = Object.values(texts).map((each) => (typeof each === 'string' ? each.length : 0))
  return lengths.reduce((sum, length) => sum + length, 0) < maxKeptLetters
}

interface Asking extends WebhookAuthorizerParts {
  readonly webhook: CompiledWebhook
  readonly connection: WebhookConnection
}

/** Upstream's `DefaultAuthWebhookRetryBackoff`. */
const retries = { steps: 5, firstMs: 500, factor: 1.5, jitter: 0.2 }

async function review(
  spec: ReviewSpec,
  asking: Asking,
  signal: AbortSignal,
): Promise<ReviewStatus> {
  const { clock, random } = asking
  let waitMs = retries.firstMs
  for (let step = 1; ; step++) {
    try {
      return await reviewOnce(spec, asking, signal)
    } catch (error) {
      if (step === retries.steps || !isPassing(error) || signal.aborted) throw error
      await clock.sleep(waitMs * (1 + retries.jitter * random.next()), signal)
      waitMs *= retries.factor
    }
  }
}

/** Whether it may go better soon (upstream: `DefaultShouldRetry`). */
function isPassing(error: unknown): boolean {
  const cause = error instanceof AnswerError ? error.cause : error
  if (cause instanceof StatusError) {
    return ['InternalError', 'Timeout', 'TooManyRequests'].includes(cause.reason)
  }
  return messageOf(error).includes('connection reset')
}

async function reviewOnce(
  spec: ReviewSpec,
  { webhook, connection, clock, transport }: Asking,
  signal: AbortSignal,
): Promise<ReviewStatus> {
  const { version, timeoutMs } = webhook
  const { url, serverName, ...how } = connection
  const whole = new URL(url)
  whole.searchParams.set('timeout', formatDuration(timeoutMs))
  const body = {
    kind: 'SubjectAccessReview',
    apiVersion: `authorization.k8s.io/${version}`,
    metadata: {},
    spec: version === 'v1' ? spec : olderSpec(spec),
    status: { allowed: false },
  }
  using limit = linkedAbort(signal)
  using _ = clock.timer(timeoutMs, () => limit.abort(new Error('context deadline exceeded')))
  const call = callOfUrl(whole.href, {
    ...how,
    ...(serverName !== undefined && { serverName }),
    body: Buffer.from(encodeJson(body)),
  })
  const answer = await transport.post(call, limit.signal).catch((error: unknown) => {
    throw new Error(`Post ${JSON.stringify(whole.href)}: ${messageOf(error)}`, { cause: error })
  })
  // Cast: what a webhook leaves out counts as false.
  const { status = {} } = decodedAnswer(answer) as { readonly status?: ReviewStatus }
  return status
}

/** As v1beta1 writes it. */
function olderSpec({ groups, ...spec }: ReviewSpec): object {
  return { ...spec, ...(groups && { group: groups }) }
}
