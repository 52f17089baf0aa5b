import type { ApiResponse } from '#machinery'
import type { RequestContext } from './request-context.ts'

/**
 * Answers requests at a path that is no resource. The rules for non-resource URLs have been asked by
 * then, so whoever comes here may. An error that is a Status becomes the answer.
 */
export type PathHandler = (context: RequestContext, signal: AbortSignal) => Promise<ApiResponse>
