import { type Clock, messageOf } from '#lib'
import {
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  encodedFrom,
  type KubeObject,
  type UserInfo,
} from '#machinery'
import { internalError, StatusError, toStatusError } from '#machinery/status'
import {
  authorizeRequest,
  identifyRequest,
  type RequestFilters,
} from './filters/request-filters.ts'
import type { FlowControl } from './flow-control/flow-control.ts'
import { enterFlow } from './flow-control/stage.ts'
import type { RequestMetrics } from './monitoring/request-metrics.ts'
import { type RefusalLog, refusedRequest } from './request/refused-request.ts'
import type { OpenAudit, RequestAudit } from './request/request-audit.ts'
import type { RequestContext } from './request/request-context.ts'
import { type RequestInfo, requestInfoOf } from './request/request-info.ts'
import type { OpenTrace, RequestTrace } from './request/request-trace.ts'
import { wholeRequest } from './request/whole-request.ts'

/** What the stages of a request ask, and whom they tell. */
export interface PipelineParts extends RequestFilters {
  /** Answers a request that the filters have let through. */
  readonly route: (context: RequestContext, signal: AbortSignal) => Promise<ApiResponse>
  /** Told of errors that are ours, not the client's. */
  readonly onInternalError: (error: unknown, request: ApiRequest) => void
  /** Told of every request and answer, also of refusals. */
  readonly metrics: RequestMetrics
  /** Told of requests that were refused for who asked, or for what there is. */
  readonly refusalLog: RefusalLog
  readonly flowControl: FlowControl
  readonly audit: OpenAudit
  readonly trace: OpenTrace | undefined
  readonly clock: Clock
}

/**
 * The stages of a request in their order: what is asked (request info), who asks and as whom, whether
 * there is room for it (priority and fairness), whether they may, its body, and then the answer. The
 * handler never throws: every failure is an answer with a Status.
 */
export function createPipeline(parts: PipelineParts): ApiHandler {
  const { clock, metrics } = parts
  return async (request, signal) => {
    const startMs = clock.monotonicMs()
    const audit = parts.audit(request)
    const trace = parts.trace?.(request, audit.id)
    let info: RequestInfo | undefined
    let user: UserInfo | undefined
    let response: ApiResponse
    let leave = () => {}
    try {
      info = requestInfoOf(request)
      leave = metrics.begin(info)
      const onIdentified = (found: UserInfo) => {
        user = found
      }
      const context = await identifyRequest(
        parts,
        { request, info, onIdentified, audit, trace },
        signal,
      )
      trace?.enter('priorityandfairness')
      response = await enterFlow(parts.flowControl, context, signal, () =>
        answered(parts, { context, audit, trace }, signal),
      )
    } catch (error) {
      response = refused(parts, error, { request, info, user, audit })
    }
    leave()
    const audited = audit.answered(response, signal)
    response = audited instanceof Promise ? await audited : audited
    if (trace) response = trace.answered(response, signal)
    return metrics.answered({ request, info, startMs }, response)
  }
}

/** What follows a request on its way. */
interface Answering {
  readonly context: RequestContext
  readonly audit: RequestAudit
  readonly trace: RequestTrace | undefined
}

/** The answer to a request that has its turn. */
async function answered(
  parts: PipelineParts,
  { context, audit, trace }: Answering,
  signal: AbortSignal,
): Promise<ApiResponse> {
  try {
    trace?.enter('authorization')
    await authorizeRequest(parts, context, signal)
    const request = await wholeRequest(context.request)
    return await parts.route({ ...context, request, ...(trace && { span: trace.span }) }, signal)
  } catch (error) {
    return refused(parts, error, { ...context, audit })
  }
}

function refused(
  parts: PipelineParts,
  error: unknown,
  asked: RefusedParts & { readonly warnings?: readonly string[] },
): ApiResponse {
  if (!(error instanceof StatusError)) parts.onInternalError(error, asked.request)
  const hasDefect = isDefect(error)
  const refusal = hasDefect ? internalError(messageOf(error), error) : toStatusError(error)
  if (hasDefect) asked.audit.panicked(messageOf(error))
  recordRefusal(parts, refusal, asked)
  return failure(refusal, asked.warnings)
}

interface RefusedParts {
  readonly request: ApiRequest
  readonly info: RequestInfo | undefined
  readonly user: UserInfo | undefined
  readonly audit: RequestAudit
}

function recordRefusal(
  { clock, refusalLog }: PipelineParts,
  refusal: StatusError,
  { request, info, user }: RefusedParts,
): void {
  if (info?.kind !== 'resource') return
  const asked = { request, user: user?.name ?? '', wallMs: clock.wallMs() }
  const refused = refusedRequest(refusal, info, asked)
  if (refused) refusalLog(refused)
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
