import type { ApiRequest, UserInfo } from '#machinery'
import type { RequestSpan } from '../spans/request-span.ts'
import type { AuditNotes } from './request-audit.ts'
import type { RequestInfo } from './request-info.ts'

/** What the filters have found out about a request by the time it is answered. */
export interface RequestContext {
  readonly request: ApiRequest
  readonly info: RequestInfo
  /** The user that the request is made as: the impersonated one where there is one. */
  readonly user: UserInfo
  /** Texts for Warning headers, which a refusal carries as well. */
  readonly warnings: string[]
  /** What the request is known by in the audit, here and elsewhere; empty for some of this process. */
  readonly auditId: string
  /** Where the audit of the request is told of it; absent where nobody wants to know. */
  readonly audit?: AuditNotes | undefined
  /** The work on the request within its trace; absent where nothing is traced. */
  readonly span?: RequestSpan | undefined
}
