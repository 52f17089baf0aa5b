import type { MaybePromise } from '#lib'
import type { ApiRequest, ApiResponse, KubeObject, UserInfo } from '#machinery'
import type { RequestInfo } from './request-info.ts'

/**
 * What the stages of a request tell the audit log about it (upstream: `AuditContext`). They tell all they
 * know: what the policy does not want is not kept.
 */
export interface AuditNotes {
  /**
   * Notes something under a key that has a domain of its own; the first value of a key stays. One of level
   * `Request` is kept only where bodies are.
   */
  readonly annotate: (key: string, value: string, level?: 'Request') => void
  /** The user that the request is made as, where that is another than the one who asks. */
  readonly impersonated: (user: UserInfo) => void
  /** The object of the body, and how it gets its defaults; or the options of a deletion. */
  readonly requestObject: (
    object: KubeObject,
    withDefaults?: (object: KubeObject) => KubeObject,
  ) => void
  /** The body of a patch, as it came. */
  readonly requestPatch: (body: ApiRequest['body']) => void
  /** The object that the request is answered with, whatever bytes are made of it. */
  readonly responseObject: (object: KubeObject) => void
  /** The list or table that it is answered with, which is made only where it is kept. */
  readonly responseList: (make: () => object) => void
}

/** The audit of one request, from its beginning to its end. */
export interface RequestAudit {
  /** The ID of the request; empty where it has none. */
  readonly id: string
  /** Where notes go; undefined where the policy does not want the request. */
  readonly notes: AuditNotes | undefined
  /**
   * It is known who asks, and for what: the policy is asked, and the stage RequestReceived recorded.
   * @throws StatusError 500 where that must be recorded and cannot be.
   */
  authenticated(info: RequestInfo, user: UserInfo): MaybePromise<void>
  /** Nobody knows who asks. */
  unauthenticated(info: RequestInfo): void
  /** A defect of ours has ended the request. */
  panicked(message: string): void
  /** The request has an answer: records the stages that are due, now and when its body ends. */
  answered(response: ApiResponse, signal: AbortSignal): MaybePromise<ApiResponse>
  /** The connection has left HTTP; it ends with `signal`. */
  upgraded(signal: AbortSignal): MaybePromise<void>
}

/** Begins the audit of a request. */
export type OpenAudit = (request: ApiRequest) => RequestAudit
