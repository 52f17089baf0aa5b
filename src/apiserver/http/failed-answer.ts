import { type ApiResponse, encodedFrom, type KubeObject } from '#machinery'
import { toStatusError } from '#machinery/status'

/** The answer to a request that the front end refuses by itself. */
export function failedAnswer(error: unknown): ApiResponse {
  const { code, status } = toStatusError(error)
  const value = encodedFrom(status as unknown as KubeObject)
  return { status: code, headers: {}, body: { kind: 'object', value } }
}
