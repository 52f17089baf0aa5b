/** ASN.1 in its distinguished encoding (DER): what certificates and requests for them are written in. */

/** A value of ASN.1 is a tag and its content, which stand in the text with the length between them. */
export interface DerValue {
  readonly tag: number
  readonly content: Uint8Array
  readonly encoded: Uint8Array
  /** The values that its content consists of; for those that have parts. */
  readonly parts: readonly DerValue[]
}

/** Where a value stands: slices are made when somebody asks for them, since there may be very many. */
class Value implements DerValue {
  readonly tag: number
  readonly #bytes: Uint8Array
  readonly #start: number
  readonly #from: number
  readonly end: number

  constructor(bytes: Uint8Array, start: number, [from, end]: readonly [number, number]) {
    this.tag = bytes[start] ?? 0
    this.#bytes = bytes
    this.#start = start
    this.#from = from
    this.end = end
  }

  get content(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.end)
  }

  get encoded(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.end)
  }

  get parts(): readonly DerValue[] {
    const values: DerValue[] = []
    for (let at = this.#from; at < this.end; ) {
      const value = valueAt(this.#bytes, at, this.end)
      values.push(value)
      at = value.end
    }
    return values
  }
}

/** Tags of universal types. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** Reads one value that is all there is. @throws Error with the text of Go's asn1. */
export function parseDer(bytes: Uint8Array): DerValue {
  const value = valueAt(bytes, 0, bytes.length)
  if (value.end < bytes.length) throw new Error('asn1: syntax error: trailing data')
  return value
}

/** The parts of a sequence or a set. @throws Error where the value has no parts, or none that can be read. */
export function derParts(value: DerValue | undefined): readonly DerValue[] {
  if (!value) throw new Error('asn1: structure error: sequence truncated')
  if ((value.tag & 0x20) === 0) throw new Error("asn1: structure error: tags don't match")
  return value.parts
}

function valueAt(bytes: Uint8Array, start: number, limit: number): Value {
  const truncated = 'asn1: syntax error: data truncated'
  if (start + 2 > limit) throw new Error(truncated)
  if (((bytes[start] ?? 0) & 0x1f) === 0x1f) {
    throw new Error('asn1: syntax error: invalid base 128 integer')
  }
  const first = bytes[start + 1] ?? 0
  let [length, at] = [first, start + 2]
  if (first & 0x80) {
    const size = first & 0x7f
    if (size === 0) throw new Error('asn1: syntax error: indefinite length found (not DER)')
    if (size > 4) throw new Error('asn1: structure error: length too large')
    length = 0
    for (const end = at + size; at < end; at++) length = length * 256 + (bytes[at] ?? 0)
  }
  if (at + length > limit) throw new Error(truncated)
  return new Value(bytes, start, [at, at + length])
}

/** A value of these parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content])
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

/** A whole number that is not negative. */
export function derInteger(value: bigint): Uint8Array {
  const digits = value.toString(16)
  const hex = digits.length % 2 === 1 ? `0${digits}` : digits
  const bytes = Buffer.from(hex, 'hex')
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0
  return der(derTag.integer, isNegative ? Buffer.from([0]) : Buffer.alloc(0), bytes)
}

/** An object identifier by its dotted name. */
export function derOid(name: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = name.split('.').map(Number)
  return der(derTag.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): readonly number[] {
  const bytes = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | (rest % 128))
  }
  return bytes
}

/** The dotted name of an object identifier. */
export function oidOf({ tag, content }: DerValue): string {
  if (tag !== derTag.oid || content.length === 0) {
    throw new Error("asn1: structure error: tags don't match")
  }
  let [text, value] = ['', 0]
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    if (text === '') {
      const first = Math.min(Math.floor(value / 40), 2)
      text = `${first}.${value - first * 40}`
    } else text += `.${value}`
    value = 0
  }
  return text
}

/** A bit string of whole bytes, or without the last bits of the last one. */
export function derBits(bytes: Uint8Array, unused = 0): Uint8Array {
  return der(derTag.bitString, Buffer.from([unused]), bytes)
}

/** A time in whole seconds, as certificates hold it. */
export function derTime(wallMs: number): Uint8Array {
  const digits = new Date(wallMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)
  const isShort = digits >= '1950' && digits < '2050'
  return isShort
    ? der(derTag.utcTime, Buffer.from(`${digits.slice(2)}Z`))
    : der(derTag.generalizedTime, Buffer.from(`${digits}Z`))
}
