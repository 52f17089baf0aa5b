import { derived } from '#lib'
import type { ApiResponseBody, Encoded, WatchFrame } from '#machinery'

const newline = Buffer.from('}\n')
const comma = Buffer.from(',')

/** The line of one watch event. It is made once, however many watchers there are. */
export const watchLine = derived((frame: WatchFrame): Buffer => {
  const head = Buffer.from(`{"type":"${frame.type}","object":`)
  return Buffer.concat([head, frame.object.bytes, newline])
})

type ListBody = Extract<ApiResponseBody, { readonly kind: 'list' }>

/** The parts of a list's JSON; those of the items are the bytes that the cache holds. */
export function listParts({ apiVersion, listKind, metadata, items }: ListBody): Uint8Array[] {
  const head = JSON.stringify({ kind: listKind, apiVersion, metadata })
  const parts: Uint8Array[] = [Buffer.from(`${head.slice(0, -1)},"items":[`)]
  for (const [index, item] of (items as readonly Encoded[]).entries()) {
    if (index > 0) parts.push(comma)
    parts.push(item.bytes)
  }
  parts.push(Buffer.from(']}\n'))
  return parts
}

/** Joins parts into pieces of about `pieceBytes`, so that a long list is not copied as a whole. */
export function* pieces(parts: Iterable<Uint8Array>, pieceBytes: number): Generator<Buffer> {
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
