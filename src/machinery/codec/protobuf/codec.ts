import type { ApiSchema } from '../../schema/schema.ts'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { envelopeEnd, envelopeHead, unwrap, wrap } from './envelope.ts'
import { createWriter, wireType } from './wire.ts'

interface TypeMeta {
  readonly apiVersion: string
  readonly kind: string
}

/** An object whose JSON says what it is. */
type TypedObject = TypeMeta & Readonly<Record<string, unknown>>

export interface ProtobufCodecOptions {
  readonly schema: ApiSchema
  /** The name of the schema's type of a kind, or undefined when it has no protobuf encoding. */
  readonly typeOf: (typeMeta: TypeMeta) => string | undefined
}

/**
 * `application/vnd.kubernetes.protobuf` for all kinds of a schema. Errors are plain: the caller
 * knows whether malformed input is a bad request.
 */
export interface ProtobufCodec {
  /** Whether objects of the kind have a protobuf encoding. */
  encodes(typeMeta: TypeMeta): boolean
  /** The enveloped message of an object. @throws Error for a kind without protobuf encoding. */
  encode(object: TypedObject): Uint8Array
  /** The object of an enveloped message. @throws Error for malformed input or an unknown kind. */
  decode(bytes: Uint8Array): TypedObject
  /** An object as an item of `listPieces`, to be made once per revision. */
  encodeItem(object: TypedObject): Uint8Array
  /**
   * The pieces of an enveloped list of items that are encoded already, which are sent one after the
   * other; `list` has all but the items.
   */
  listPieces(list: TypedObject, items: readonly Uint8Array[]): readonly Uint8Array[]
  /** One frame of a watch: its length, then the event with the enveloped object inside. */
  encodeWatchEvent(type: string, envelopedObject: Uint8Array): Uint8Array
}

/** Every list kind has its items here; metadata has number 1. */
const itemsNumber = 2

/** Makes the codec that writes and reads objects in upstream's protobuf by the API schema. */
export function createProtobufCodec({ schema, typeOf }: ProtobufCodecOptions): ProtobufCodec {
  function typeName(typeMeta: TypeMeta): string {
    const name = typeOf(typeMeta)
    if (name !== undefined) return name
    throw new Error(
      `no protobuf encoding is known for ${typeMeta.apiVersion}, Kind=${typeMeta.kind}`,
    )
  }

  const message = (object: TypedObject) => encodeMessage(schema, typeName(object), object)

  function decode(bytes: Uint8Array): TypedObject {
    const { apiVersion, kind, raw, contentType } = unwrap(bytes)
    if (contentType !== '' && contentType !== 'application/vnd.kubernetes.protobuf') {
      throw new Error(`unable to decode ${contentType} within protobuf`)
    }
    const fields = decodeMessage(schema, typeName({ apiVersion, kind }), raw, { raw: decode })
    return { kind, apiVersion, ...fields }
  }

  return {
    encodes: (typeMeta) => typeOf(typeMeta) !== undefined,
    encode: (object) => wrap({ ...typeMetaOf(object), raw: message(object) }),
    decode,
    encodeItem(object) {
      const writer = createWriter()
      writer.tag(itemsNumber, wireType.bytes)
      writer.bytes(message(object))
      return writer.finish()
    },
    listPieces(list, items) {
      const metadata = message(list)
      const length = items.reduce((sum, item) => sum + item.length, metadata.length)
      return [envelopeHead(list, length), metadata, ...items, envelopeEnd()]
    },
    encodeWatchEvent(type, envelopedObject) {
      const writer = createWriter()
      writer.tag(1, wireType.bytes)
      writer.text(type)
      writer.tag(2, wireType.bytes)
      writer.delimited(() => {
        writer.tag(1, wireType.bytes)
        writer.bytes(envelopedObject)
      })
      const event = writer.finish()
      const length = Buffer.alloc(4)
      length.writeUInt32BE(event.length)
      return Buffer.concat([length, event])
    },
  }
}

function typeMetaOf({ apiVersion, kind }: TypeMeta): TypeMeta {
  return { apiVersion, kind }
}
