import { type Clock, messageOf } from '#lib'
import {
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  encodedFrom,
  exactField,
  internalError,
  type KubeObject,
  parseFieldSelector,
  parseLabelSelector,
  StatusError,
  toStatusError,
  type UserInfo,
  unauthorized,
} from '#machinery'
import type { Authenticator } from './authn/authenticator.ts'
import type { AuthorizationAttributes, Authorizer, Decision } from './authz/authorizer.ts'
import { refusal } from './authz/refusal.ts'
import { asksToBeAnother, impersonated } from './impersonate.ts'
import { type RequestInfo, requestInfoOf } from './request-info.ts'

/** What the stages find out about a request on its way. */
export interface Passage {
  readonly request: ApiRequest
  readonly info: RequestInfo
  readonly user: UserInfo
  /** Texts for Warning headers, which a refusal carries as well. */
  readonly warnings: string[]
}

export interface PipelineParts {
  readonly authenticators: readonly Authenticator[]
  readonly authorizer: Authorizer
  /** What answers once a request has passed. */
  readonly route: (passage: Passage, signal: AbortSignal) => Promise<ApiResponse>
  /** Told of errors that are ours, not the client's. */
  readonly onInternalError: (error: unknown, request: ApiRequest) => void
  /** Told of every answer, also of refusals; `info` is absent where the path could not be read. */
  readonly onAnswer: (info: RequestInfo | undefined, status: number, durationMs: number) => void
  readonly clock: Clock
}

/**
 * The stages of a request in their order: what is asked, who asks, as whom, whether they may, and
 * then the answer. Never throws: every failure is an answer with a Status.
 */
export function createPipeline(parts: PipelineParts): ApiHandler {
  const { clock, onAnswer } = parts
  return async (request, signal) => {
    const startMs = clock.monotonicMs()
    let info: RequestInfo | undefined
    let passage: Passage | undefined
    let response: ApiResponse
    try {
      info = requestInfoOf(request)
      passage = await pass(parts, { request, info }, signal)
      response = await parts.route(passage, signal)
    } catch (error) {
      if (!(error instanceof StatusError)) parts.onInternalError(error, request)
      response = failure(
        isDefect(error) ? internalError(messageOf(error), error) : toStatusError(error),
        passage?.warnings,
      )
    }
    onAnswer(info, response.status, clock.monotonicMs() - startMs)
    return response
  }
}

/** The stages before the answer; connections (exec, port-forward) pass them too. */
export async function pass(
  parts: Pick<PipelineParts, 'authenticators' | 'authorizer'>,
  { request, info }: Pick<Passage, 'request' | 'info'>,
  signal: AbortSignal,
): Promise<Passage> {
  const authenticated = request.user ?? (await authenticate(parts.authenticators, request, signal))
  const may = (attributes: AuthorizationAttributes) =>
    authorize(parts.authorizer, attributes, signal)
  const user = asksToBeAnother(request)
    ? await impersonated(request, authenticated, may)
    : authenticated
  await may(attributesOf(info, user, request.query))
  return { request, info, user, warnings: [] }
}

async function authenticate(
  authenticators: readonly Authenticator[],
  request: ApiRequest,
  signal: AbortSignal,
): Promise<UserInfo> {
  let failed: StatusError | undefined
  for (const authenticator of authenticators) {
    const result = await authenticator.authenticate(request, signal)
    if (result instanceof StatusError) failed ??= result
    else if (result) return result.user
  }
  throw failed ?? unauthorized('Unauthorized')
}

/** Asks whether the user may; throws the 403 that says why not, at once where that is known at once. */
export function authorize(
  authorizer: Authorizer,
  attributes: AuthorizationAttributes,
  signal: AbortSignal,
): void | Promise<void> {
  const heed = (decision: Decision) => {
    if (decision.kind !== 'allow') throw refusal(attributes, decision.reason)
  }
  const decision = authorizer.authorize(attributes, signal)
  return decision instanceof Promise ? decision.then(heed) : heed(decision)
}

/** What a request asks for in the terms of rules. */
export function attributesOf(
  info: RequestInfo,
  user: UserInfo,
  query?: URLSearchParams,
): AuthorizationAttributes {
  if (info.kind === 'path') {
    return { kind: 'nonResource', user, verb: info.verb, path: info.path }
  }
  const { verb, group, version, resource, subresource, namespace, name } = info
  const what = {
    kind: 'resource',
    user,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
  } as const
  const selectors = selectorVerbs.has(verb) && query ? selectorsOf(query) : {}
  const selected = selectors.fieldSelector && exactField(selectors.fieldSelector, 'metadata.name')
  return { ...what, name: name || (selected ?? ''), ...selectors }
}

/** A selector narrows what these verbs reach; a watch of one object needs no right to all of them. */
const selectorVerbs: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection'])

function selectorsOf(query: URLSearchParams) {
  const [fields, labels] = [query.get('fieldSelector'), query.get('labelSelector')]
  try {
    return {
      ...(fields ? { fieldSelector: parseFieldSelector(fields) } : {}),
      ...(labels ? { labelSelector: parseLabelSelector(labels) } : {}),
    }
  } catch {
    // One that cannot be read selects nothing here; the handler refuses it with its own text.
    return {}
  }
}

/** What no input should bring about; an Error of ours with a text of upstream's is no defect. */
function isDefect(error: unknown): boolean {
  return !(error instanceof Error) || error instanceof TypeError || error instanceof RangeError
}

function failure(error: StatusError, warnings: readonly string[] = []): ApiResponse {
  const retryAfter = error.details?.retryAfterSeconds
  return {
    status: error.code,
    headers: retryAfter ? { 'retry-after': String(retryAfter) } : {},
    ...(warnings.length > 0 && { warnings }),
    body: { kind: 'object', value: encodedFrom(error.status as unknown as KubeObject) },
  }
}
