import { derived } from '#lib'
import type { ApiResponseBody, Encoded, KubeObject, Stored, WatchFrame } from '#machinery'
import type { ProtobufCodec } from '#machinery/codec'

const protobufMediaType = 'application/vnd.kubernetes.protobuf'

type Typed = Parameters<ProtobufCodec['encode']>[0]
type ListBody = Extract<ApiResponseBody, { readonly kind: 'list' }>

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

/** The body of a list in protobuf; the messages of its items are made once. */
export function protobufList(codec: ProtobufCodec, list: ListBody): ApiResponseBody {
  const { apiVersion, listKind, metadata } = list
  const encoded = (list.items as readonly Encoded<Stored>[]).map(({ object }) =>
    itemOf(object, codec),
  )
  const bytes = codec.encodeList({ kind: listKind, apiVersion, metadata }, encoded)
  return { kind: 'bytes', contentType: protobufMediaType, bytes }
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
