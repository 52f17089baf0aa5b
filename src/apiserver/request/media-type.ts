import type { ApiRequest } from '#machinery'

/** The media type of upstream's protobuf: an envelope with a message inside. */
export const protobufMediaType = 'application/vnd.kubernetes.protobuf'

/** The media type of one item of CBOR. */
export const cborMediaType = 'application/cbor'

/** The media types in which a body of a resource can be sent, in upstream's order. */
export const bodyMediaTypes: readonly string[] = [
  'application/json',
  'application/yaml',
  protobufMediaType,
  cborMediaType,
]

/** The media type of a request's body, in lower case and without parameters; JSON where the client does not say. */
export function mediaTypeOf({ headers }: Pick<ApiRequest, 'headers'>): string {
  const header = headers['content-type'] || 'application/json'
  return (header.split(';')[0] ?? '').trim().toLowerCase()
}
