import type { ApiRequest } from '#machinery'

/** The media type of a request's body, in lower case and without parameters; JSON where the client does not say. */
export function mediaTypeOf({ headers }: Pick<ApiRequest, 'headers'>): string {
  const header = headers['content-type'] || 'application/json'
  return (header.split(';')[0] ?? '').trim().toLowerCase()
}
