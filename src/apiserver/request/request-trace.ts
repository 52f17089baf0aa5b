import type { ApiRequest, ApiResponse, UserInfo } from '#machinery'
import type { RequestSpan } from '../spans/request-span.ts'
import type { RequestInfo } from './request-info.ts'

/** The trace of one request, from its beginning to its end. */
export interface RequestTrace {
  /** The innermost of what the request passes through. */
  readonly span: RequestSpan
  /** It is known who asks: some may say what trace their request belongs to. */
  authenticated(info: RequestInfo, user: UserInfo): void
  /** The request enters a filter, and leaves it only when it is answered. */
  enter(filter: string): void
  /** The request has an answer: all ends, with its body where that goes on. */
  answered(response: ApiResponse, signal: AbortSignal): ApiResponse
}

/** Begins the trace of a request. */
export type OpenTrace = (request: ApiRequest, auditId: string) => RequestTrace
