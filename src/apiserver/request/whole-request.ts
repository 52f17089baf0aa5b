import type { ApiRequest } from '#machinery'

/**
 * A request together with its body, read now if that still waits on the wire.
 * @throws StatusError 413 or 429 for a body that is refused.
 */
export async function wholeRequest(request: ApiRequest): Promise<ApiRequest> {
  const { readBody, ...head } = request
  if (!readBody || request.body) return request
  const bytes = await readBody()
  return bytes ? { ...head, body: { kind: 'bytes', bytes } } : head
}
