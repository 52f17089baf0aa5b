import type {
  ApiResponseBody,
  Encoded,
  KubeObject,
  ProtobufCodec,
  Stored,
  WatchFrame,
} from '#machinery'

const protobufMediaType = 'application/vnd.kubernetes.protobuf'

type Typed = Parameters<ProtobufCodec['encode']>[0]
type ListBody = Extract<ApiResponseBody, { readonly kind: 'list' }>

/** Each object's messages, made once for all who read it. */
const items = new WeakMap<KubeObject, Uint8Array>()
const frames = new WeakMap<WatchFrame, Uint8Array>()

export function protobufObject(codec: ProtobufCodec, object: KubeObject): ApiResponseBody {
  const bytes = codec.encode(typed(object))
  return { kind: 'bytes', contentType: protobufMediaType, bytes }
}

export function protobufList(codec: ProtobufCodec, list: ListBody): ApiResponseBody {
  const { apiVersion, listKind, metadata } = list
  const encoded = (list.items as readonly Encoded<Stored>[]).map(({ object }) =>
    once(items, object, () => codec.encodeItem(typed(object))),
  )
  const bytes = codec.encodeList({ kind: listKind, apiVersion, metadata }, encoded)
  return { kind: 'bytes', contentType: protobufMediaType, bytes }
}

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
    yield once(frames, frame, () =>
      codec.encodeWatchEvent(frame.type, codec.encode(typed(frame.object.object))),
    )
  }
}

function typed(object: KubeObject): Typed {
  return object as unknown as Typed
}

function once<K extends object>(
  known: WeakMap<K, Uint8Array>,
  key: K,
  make: () => Uint8Array,
): Uint8Array {
  const found = known.get(key) ?? make()
  known.set(key, found)
  return found
}
