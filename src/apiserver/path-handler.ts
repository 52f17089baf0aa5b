import type { ApiResponse } from '#machinery'
import type { Passage } from './pipeline.ts'

/**
 * Answers at a path that is no resource. Whoever may: the rules for non-resource URLs have been
 * asked already. Errors that are Statuses become answers.
 */
export type PathHandler = (passage: Passage, signal: AbortSignal) => Promise<ApiResponse>
