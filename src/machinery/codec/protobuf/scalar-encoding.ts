import type { ScalarForm } from '../../schema/schema.ts'
import { parseDuration } from '../../values/duration.ts'
import { encodeJson } from '../../values/json.ts'
import { parseTime } from '../../values/time.ts'
import { type ProtobufWriter, wireType } from './wire.ts'

/** Writes one JSON value of a scalar form as the field `number`. */
export function writeScalar(
  writer: ProtobufWriter,
  number: number,
  form: ScalarForm,
  value: unknown,
): void {
  encoders[form](writer, number, value)
}

type Encoder = (writer: ProtobufWriter, number: number, value: unknown) => void

const encoders: Readonly<Record<ScalarForm, Encoder>> = {
  bool(writer, number, value) {
    writer.tag(number, wireType.varint)
    writer.varint(value ? 1 : 0)
  },
  int32: writeInteger,
  int64: writeInteger,
  double(writer, number, value) {
    writer.tag(number, wireType.fixed64)
    writer.double(Number(value))
  },
  string: writeText,
  bytes(writer, number, value) {
    writer.tag(number, wireType.bytes)
    writer.bytes(Buffer.from(String(value ?? ''), 'base64'))
  },
  quantity: message((writer, value) => writeText(writer, 1, value)),
  intOrString: message((writer, value) => {
    const isText = typeof value === 'string'
    writeInteger(writer, 1, isText ? 1 : 0)
    writeInteger(writer, 2, isText ? 0 : value)
    writeText(writer, 3, isText ? value : '')
  }),
  time: message((writer, value) => writeTimestamp(writer, value, 0)),
  microTime: message((writer, value) => writeTimestamp(writer, value, 1000)),
  duration: message((writer, value) => {
    writeInteger(writer, 1, BigInt(Math.round(parseDuration(String(value)) * 1e6)))
  }),
  rawExtension: message(writeJson),
  fieldsV1: message(writeJson),
  json: message(writeJson),
  stringList: message((writer, value) => {
    for (const text of Array.isArray(value) ? value : []) writeText(writer, 1, text)
  }),
}

function message(write: (writer: ProtobufWriter, value: unknown) => void): Encoder {
  return (writer, number, value) => {
    writer.tag(number, wireType.bytes)
    writer.delimited(() => write(writer, value))
  }
}

function writeText(writer: ProtobufWriter, number: number, value: unknown): void {
  writer.tag(number, wireType.bytes)
  writer.text(String(value ?? ''))
}

function writeInteger(writer: ProtobufWriter, number: number, value: unknown): void {
  if (typeof value !== 'bigint' && !Number.isInteger(value ?? 0)) {
    throw new Error(`not an integer: ${JSON.stringify(value)}`)
  }
  writer.tag(number, wireType.varint)
  writer.varint((value ?? 0) as number | bigint)
}

/**
 * Seconds and nanoseconds; a null is the zero time, an empty message. metav1.Time has no fraction,
 * metav1.MicroTime is cut to `unitNanos`.
 */
function writeTimestamp(writer: ProtobufWriter, value: unknown, unitNanos: number): void {
  if (value === null || value === undefined) return
  const ms = parseTime(String(value))
  if (ms === undefined) throw new Error(`not a time: ${JSON.stringify(value)}`)
  const seconds = Math.floor(ms / 1000)
  const micros = Math.round((ms - seconds * 1000) * 1000)
  writeInteger(writer, 1, seconds)
  writeInteger(writer, 2, micros * unitNanos)
}

function writeJson(writer: ProtobufWriter, value: unknown): void {
  writer.tag(1, wireType.bytes)
  writer.text(encodeJson(value))
}
