import { derived } from '#lib'
import { type ApiResponseBody, type Encoded, jsonPieces, type WatchFrame } from '#machinery'

const newline = Buffer.from('}\n')

/** The line of one watch event. It is made once, however many watchers there are. */
export const watchLine = derived((frame: WatchFrame): Buffer => {
  const head = Buffer.from(`{"type":"${frame.type}","object":`)
  return Buffer.concat([head, frame.object.bytes, newline])
})

type ListBody = Extract<ApiResponseBody, { readonly kind: 'list' }>

/** The JSON of a list in pieces; those of the items are the bytes that the cache holds. */
export function listPieces({ apiVersion, listKind, metadata, items }: ListBody) {
  return jsonPieces({ kind: listKind, apiVersion, metadata }, 'items', bytesOf(items))
}

function* bytesOf(items: readonly Encoded[]): Generator<Uint8Array> {
  for (const item of items) yield item.bytes
}

/** Joins parts into larger ones of about `pieceBytes`: the network wants neither crumbs nor all at once. */
export function* joined(parts: Iterable<Uint8Array>, pieceBytes: number): Generator<Buffer> {
  let gathered: Uint8Array[] = []
  let length = 0
  for (const part of parts) {
    gathered.push(part)
    length += part.length
    if (length < pieceBytes) continue
    yield Buffer.concat(gathered, length)
    gathered = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(gathered, length)
}
