import { derived } from '#lib'
import type { ApiResponseBody, KubeObject, WatchFrame } from '#machinery'
import { cborListPieces, cborWatchEvent, encodeCbor, encodeCborItem } from '#machinery/codec'
import { cborMediaType } from '../../request/media-type.ts'
import type { LongList } from './long-list.ts'

/** Each object's bytes, made once for all who read it. */
const itemOf = derived((object: KubeObject) => encodeCborItem(object))
const frameOf = derived(({ type, object }: WatchFrame) =>
  cborWatchEvent(type, encodeCbor(object.object)),
)

/** The body of one object in CBOR. */
export function cborObject(object: KubeObject): ApiResponseBody {
  return { kind: 'bytes', contentType: cborMediaType, bytes: encodeCbor(object) }
}

/** Items that are encoded before others have their turn. */
const itemsOfTurn = 64

/** The body of a list in CBOR; its items are encoded once, and before the first of them is sent. */
export async function cborList(
  { head, member, elements }: LongList,
  turn: () => Promise<void>,
): Promise<ApiResponseBody> {
  const encoded: Uint8Array[] = []
  for (const element of elements) {
    // Cast: the elements of tables are none, but those are never sent in CBOR.
    encoded.push(itemOf(element as KubeObject))
    if (encoded.length % itemsOfTurn === 0) await turn()
  }
  const pieces = cborListPieces(head, member, encoded)
  return { kind: 'pieces', contentType: cborMediaType, pieces }
}

/** The body of a watch as a sequence of items of CBOR, each made once for all who watch. */
export function cborWatch(events: AsyncIterable<WatchFrame>): ApiResponseBody {
  return { kind: 'stream', contentType: 'application/cbor-seq', chunks: encodedFrames(events) }
}

async function* encodedFrames(events: AsyncIterable<WatchFrame>): AsyncGenerator<Uint8Array> {
  for await (const frame of events) yield frameOf(frame)
}
