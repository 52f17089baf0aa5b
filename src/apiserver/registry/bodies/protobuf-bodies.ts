import { derived } from '#lib'
import type { ApiResponseBody, KubeObject, WatchFrame } from '#machinery'
import type { ProtobufCodec } from '#machinery/codec'
import { protobufMediaType } from '../../request/media-type.ts'
import type { LongList } from './long-list.ts'

type Typed = Parameters<ProtobufCodec['encode']>[0]

/** Each object's message, made once for all who read it. */
const itemOf = derived((object: KubeObject, codec: ProtobufCodec) =>
  codec.encodeItem(typed(object)),
)
const frameOf = derived((frame: WatchFrame, codec: ProtobufCodec) =>
  codec.encodeWatchEvent(frame.type, codec.encode(typed(frame.object.object))),
)

/** The body of one object in protobuf. */
export function protobufObject(codec: ProtobufCodec, object: KubeObject): ApiResponseBody {
  const bytes = codec.encode(typed(object))
  return { kind: 'bytes', contentType: protobufMediaType, bytes }
}

/** Items that are encoded before others have their turn. */
const itemsOfTurn = 64

/**
 * The body of a list in protobuf; the messages of its items are made once. Their lengths stand before
 * the first of them, so that all are made before the first is sent.
 */
export async function protobufList(
  codec: ProtobufCodec,
  { head, elements }: LongList,
  turn: () => Promise<void>,
): Promise<ApiResponseBody> {
  const encoded: Uint8Array[] = []
  for (const element of elements) {
    // Cast: the elements of tables are none, but those are never sent in protobuf.
    encoded.push(itemOf(element as KubeObject, codec))
    if (encoded.length % itemsOfTurn === 0) await turn()
  }
  const pieces = codec.listPieces(typed(head as KubeObject), encoded)
  return { kind: 'pieces', contentType: protobufMediaType, pieces }
}

/** The body of a watch as a stream of protobuf frames, each made once for all who watch. */
export function protobufWatch(
  codec: ProtobufCodec,
  events: AsyncIterable<WatchFrame>,
): ApiResponseBody {
  const contentType = `${protobufMediaType};stream=watch`
  return { kind: 'stream', contentType, chunks: encodedFrames(codec, events) }
}

async function* encodedFrames(
  codec: ProtobufCodec,
  events: AsyncIterable<WatchFrame>,
): AsyncGenerator<Uint8Array> {
  for await (const frame of events) {
    yield frameOf(frame, codec)
  }
}

function typed(object: KubeObject): Typed {
  return object as unknown as Typed
}
