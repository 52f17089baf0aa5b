import type { ApiRequest, ApiResponse, UserInfo } from '#machinery'
import type { RequestInfo } from './request-info.ts'

/** What is known of a piece of work besides its name. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** A piece of work within a trace, from its beginning on. What is not sampled has one as well, and keeps nothing. */
export interface RequestSpan {
  /** By which the traces and the audit of a request are brought together; at most 64 letters. */
  readonly auditId: string
  /** By which somebody else goes on with the trace: headers of W3C Trace Context. */
  readonly headers: Readonly<Record<string, string>>
  /** Begins a part of this work; `call` is one that somebody else carries out. */
  begin(name: string, attributes?: SpanAttributes, kind?: 'call'): RequestSpan
  /** Notes a step of the work. */
  event(name: string, attributes?: SpanAttributes): void
  set(attributes: SpanAttributes): void
  /** The work is done; `error` is a text, maybe an empty one, where it has failed. */
  end(error?: string): void
}

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

/** Does a piece of work within a span of its own, where there is a trace at all. */
export async function withSpan<T>(
  span: RequestSpan | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!span) return work()
  try {
    return await work()
  } finally {
    span.end()
  }
}
