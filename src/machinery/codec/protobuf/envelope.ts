import { createReader, createWriter, type ProtobufReader, wireType } from './wire.ts'

/** `application/vnd.kubernetes.protobuf` begins with these bytes. */
const magic = Buffer.from('k8s\0')

/** runtime.Unknown: a message and what it is. */
export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  /** The message of the object. */
  readonly raw: Uint8Array
  /** Empty where `raw` is protobuf. */
  readonly contentType?: string
}

/** Whether bytes begin like an enveloped object. */
function isEnveloped(bytes: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, index) => bytes[index] === byte)
}

/** The envelope of an object's message, as upstream writes it. */
export function wrap({ raw, contentType, ...typeMeta }: Envelope): Uint8Array {
  return Buffer.concat([envelopeHead(typeMeta, raw.length), raw, envelopeEnd(contentType)])
}

/** What stands before a message of `rawLength` bytes: for one that comes in pieces. */
export function envelopeHead(
  { apiVersion, kind }: Pick<Envelope, 'apiVersion' | 'kind'>,
  rawLength: number,
): Uint8Array {
  const writer = createWriter()
  writer.tag(1, wireType.bytes)
  writer.delimited(() => {
    writer.tag(1, wireType.bytes)
    writer.text(apiVersion)
    writer.tag(2, wireType.bytes)
    writer.text(kind)
  })
  writer.tag(2, wireType.bytes)
  writer.varint(rawLength)
  return Buffer.concat([magic, writer.finish()])
}

/** What stands behind the message. */
export function envelopeEnd(contentType = ''): Uint8Array {
  const writer = createWriter()
  writer.tag(3, wireType.bytes)
  writer.text('')
  writer.tag(4, wireType.bytes)
  writer.text(contentType)
  return writer.finish()
}

/** @throws Error in upstream's words when the bytes are no envelope, or end early. */
export function unwrap(bytes: Uint8Array): Required<Envelope> {
  if (!isEnveloped(bytes)) {
    throw new Error(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    )
  }
  let typeMeta: Pick<Envelope, 'apiVersion' | 'kind'> = { apiVersion: '', kind: '' }
  let raw: Uint8Array = new Uint8Array()
  let contentType = ''
  eachField(createReader(bytes.subarray(magic.length)), (number, reader) => {
    if (number === 1) typeMeta = readTypeMeta(reader.bytes())
    else if (number === 2) raw = reader.bytes()
    else if (number === 4) contentType = reader.text()
    else reader.skip(wireType.bytes)
  })
  return { ...typeMeta, raw, contentType }
}

function readTypeMeta(bytes: Uint8Array): Pick<Envelope, 'apiVersion' | 'kind'> {
  let apiVersion = ''
  let kind = ''
  eachField(createReader(bytes), (number, reader) => {
    if (number === 1) apiVersion = reader.text()
    else if (number === 2) kind = reader.text()
    else reader.skip(wireType.bytes)
  })
  return { apiVersion, kind }
}

/** All known fields of both messages are length-delimited. */
function eachField(
  reader: ProtobufReader,
  read: (number: number, reader: ProtobufReader) => void,
): void {
  while (!reader.atEnd) {
    const { number, type } = reader.tag()
    if (type === wireType.bytes) read(number, reader)
    else reader.skip(type)
  }
}
