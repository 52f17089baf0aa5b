import { createHash } from 'node:crypto'
import type { ApiRequest, ApiResponse } from '#machinery'

/** A document and the tag by which a client that has it can tell that it is still the same. */
export interface TaggedDocument {
  readonly contentType: string
  readonly bytes: Uint8Array
  /** SHA-512 in capitals, as upstream has it. */
  readonly hash: string
}

export function taggedDocument(contentType: string, bytes: Uint8Array): TaggedDocument {
  return { contentType, bytes, hash: hashOf(bytes) }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha512').update(bytes).digest('hex').toUpperCase()
}

/** 304 without a body for a client that names the tag, and 200 otherwise. */
export function tagged(
  { headers: asked }: ApiRequest,
  hash: string,
  body: ApiResponse['body'],
): ApiResponse {
  const tag = `"${hash}"`
  const headers = { etag: tag, vary: 'Accept' }
  const held = (asked['if-none-match'] ?? '').split(',').map((each) => each.trim())
  if (!held.includes(tag) && !held.includes(`W/${tag}`)) return { status: 200, headers, body }
  const contentType = body.kind === 'object' || body.kind === 'bytes' ? body.contentType : undefined
  const none = { kind: 'bytes', contentType: contentType ?? 'application/json', bytes: noBytes }
  return { status: 304, headers, body: none as ApiResponse['body'] }
}

const noBytes = new Uint8Array()
