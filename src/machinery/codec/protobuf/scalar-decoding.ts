import type { ScalarForm } from '../../schema/schema.ts'
import { formatDuration } from '../../values/duration.ts'
import { parseJson } from '../../values/json.ts'
import { formatMicroTime, formatTime } from '../../values/time.ts'
import { createReader, type ProtobufReader, wireType } from './wire.ts'

/** Decodes the bytes of an embedded object that are not JSON. */
export type RawDecoder = (bytes: Uint8Array) => unknown

/** The wire type of a scalar form. */
export function wireTypeOf(form: ScalarForm): number {
  if (form === 'bool' || form === 'int32' || form === 'int64') return wireType.varint
  return form === 'double' ? wireType.fixed64 : wireType.bytes
}

/** Whether a value is the one that stands for absence in Go. */
export function isZero(form: ScalarForm, value: unknown): boolean {
  if (form === 'intOrString' || form === 'quantity' || form === 'duration') return false
  return value === '' || value === 0 || value === false
}

/** Reads the value of a field in its JSON form; undefined or null for one that JSON does not show. */
export function readScalar(reader: ProtobufReader, form: ScalarForm, raw?: RawDecoder): unknown {
  switch (form) {
    case 'bool':
      return reader.varint() !== 0n
    case 'int32':
      return Number(BigInt.asIntN(32, reader.varint()))
    case 'int64':
      return reader.integer()
    case 'double':
      return reader.double()
    case 'string':
      return reader.text()
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64')
    default:
      return readMessageForm(parts(reader.bytes()), form, raw)
  }
}

type MessageForm = Exclude<ScalarForm, 'bool' | 'int32' | 'int64' | 'double' | 'string' | 'bytes'>

function readMessageForm(fields: Parts, form: MessageForm, raw: RawDecoder | undefined): unknown {
  switch (form) {
    case 'quantity':
      return textAt(fields, 1) || '0'
    case 'intOrString':
      return numberAt(fields, 1) === 1 ? textAt(fields, 3) : numberAt(fields, 2)
    case 'time':
      return fields.size === 0 ? null : formatTime(numberAt(fields, 1) * 1000)
    case 'microTime':
      return fields.size === 0 ? null : microTime(numberAt(fields, 1), numberAt(fields, 2))
    case 'duration':
      return formatDuration(numberAt(fields, 1) / 1e6)
    case 'stringList':
      return (fields.get(1) ?? []).map((value) => textOf(value))
    case 'rawExtension':
    case 'fieldsV1':
    case 'json':
      return embedded(fields.get(1)?.at(-1), raw)
  }
}

/** The fields of a small message: integers and byte strings by number, in order. */
type Parts = ReadonlyMap<number, readonly (number | Uint8Array)[]>

function parts(bytes: Uint8Array): Parts {
  const found = new Map<number, (number | Uint8Array)[]>()
  const reader = createReader(bytes)
  while (!reader.atEnd) {
    const { number, type } = reader.tag()
    if (type !== wireType.varint && type !== wireType.bytes) reader.skip(type)
    else {
      const value = type === wireType.varint ? reader.integer() : reader.bytes()
      const known = found.get(number)
      if (known) known.push(value)
      else found.set(number, [value])
    }
  }
  return found
}

function numberAt(fields: Parts, number: number): number {
  const value = fields.get(number)?.at(-1)
  return typeof value === 'number' ? value : 0
}

function textAt(fields: Parts, number: number): string {
  return textOf(fields.get(number)?.at(-1))
}

function textOf(value: number | Uint8Array | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : ''
}

function microTime(seconds: number, nanos: number): string {
  const micros = Math.floor(nanos / 1000)
  return `${formatMicroTime(seconds * 1000).slice(0, 19)}.${String(micros).padStart(6, '0')}Z`
}

/** Embedded objects are JSON, as upstream keeps them, or an envelope. */
function embedded(value: number | Uint8Array | undefined, raw: RawDecoder | undefined): unknown {
  if (!(value instanceof Uint8Array) || value.length === 0) return undefined
  const isEnveloped = value.length >= 4 && value[0] === 0x6b && value[3] === 0
  if (isEnveloped && raw) return raw(value)
  return parseJson(textOf(value))
}
