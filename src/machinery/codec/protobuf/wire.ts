/** How the value of a field is laid out; the lowest three bits of its tag. */
export const wireType = Object.freeze({
  varint: 0,
  fixed64: 1,
  bytes: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
})

/** Writes protobuf into one growing buffer. Fields appear in the order of the calls. */
export interface ProtobufWriter {
  tag(number: number, type: number): void
  /** A signed integer of at most 64 bits; negative ones take ten bytes. */
  varint(value: number | bigint): void
  double(value: number): void
  text(value: string): void
  bytes(value: Uint8Array): void
  /** Writes what `write` writes as one length-delimited value. */
  delimited(write: () => void): void
  /** The bytes so far; later writes do not change them. */
  finish(): Uint8Array
}

const initialBytes = 256

/** Makes a writer of the wire format of protobuf, whose fields come in the order of the calls. */
export function createWriter(): ProtobufWriter {
  let buffer = Buffer.allocUnsafe(initialBytes)
  let length = 0

  function reserve(size: number): void {
    if (length + size <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + size))
    buffer.copy(larger, 0, 0, length)
    buffer = larger
  }

  function small(value: number): void {
    reserve(5)
    let rest = value
    while (rest > 0x7f) {
      buffer[length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[length++] = rest
  }

  function large(value: bigint): void {
    reserve(10)
    let rest = BigInt.asUintN(64, value)
    while (rest > 0x7fn) {
      buffer[length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    buffer[length++] = Number(rest)
  }

  return {
    tag: (number, type) => small((number << 3) | type),
    varint(value) {
      if (typeof value === 'number' && value >= 0 && value <= 0x7fffffff) small(value)
      else large(BigInt(value))
    },
    double(value) {
      reserve(8)
      length = buffer.writeDoubleLE(value, length)
    },
    text(value) {
      const size = Buffer.byteLength(value)
      small(size)
      reserve(size)
      length += buffer.write(value, length)
    },
    bytes(value) {
      small(value.length)
      reserve(value.length)
      buffer.set(value, length)
      length += value.length
    },
    delimited(write) {
      reserve(1)
      const start = ++length
      write()
      const size = length - start
      // One byte was set aside for the length, which suffices for most messages.
      const more = varintSize(size) - 1
      if (more > 0) {
        reserve(more)
        buffer.copyWithin(start + more, start, length)
      }
      length = start - 1
      small(size)
      length += size
    },
    finish: () => Uint8Array.prototype.slice.call(buffer, 0, length),
  }
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) size++
  return size
}

/** Reads the protobuf in a range of bytes. Every method throws `unexpected EOF` at the end. */
export interface ProtobufReader {
  readonly atEnd: boolean
  /** The tag of the next field. @throws Error for a field number or wire type that cannot be. */
  tag(): { readonly number: number; readonly type: number }
  /** A 64-bit two's complement integer. */
  varint(): bigint
  /** The same as a number: exact up to 2^53. */
  integer(): number
  double(): number
  /** The bytes of a length-delimited value: a view, not a copy. */
  bytes(): Uint8Array
  text(): string
  /** Passes over a value of any wire type. */
  skip(type: number): void
}

export function createReader(source: Uint8Array): ProtobufReader {
  const buffer = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  let position = 0

  function take(size: number): number {
    const start = position
    if (size > buffer.length - start) throw new Error('unexpected EOF')
    position = start + size
    return start
  }

  function varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = buffer[take(1)]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
    throw new Error('proto: integer overflow')
  }

  function integer(): number {
    const byte = buffer[position]
    if (byte !== undefined && byte < 0x80) {
      position++
      return byte
    }
    return Number(varint())
  }

  function bytes(): Uint8Array {
    const size = integer()
    if (size < 0) throw new Error('proto: negative length found during unmarshaling')
    const start = take(size)
    return buffer.subarray(start, start + size)
  }

  function tag() {
    const tag = integer()
    const [number, type] = [Math.floor(tag / 8), tag & 7]
    if (number <= 0) throw new Error(`proto: illegal tag ${number} (wire type ${type})`)
    return { number, type }
  }

  function skip(type: number): void {
    if (type === wireType.varint) varint()
    else if (type === wireType.fixed64) take(8)
    else if (type === wireType.bytes) bytes()
    else if (type === wireType.fixed32) take(4)
    else if (type === wireType.startGroup) skipGroup()
    else throw new Error(`proto: illegal wireType ${type}`)
  }

  /** Groups may nest; they are counted, not recursed into, so that depth costs no stack. */
  function skipGroup(): void {
    for (let open = 1; open > 0; ) {
      const { type } = tag()
      if (type === wireType.startGroup) open++
      else if (type === wireType.endGroup) open--
      else skip(type)
    }
  }

  return {
    get atEnd() {
      return position >= buffer.length
    },
    tag,
    varint,
    integer,
    double: () => buffer.readDoubleLE(take(8)),
    bytes,
    text: () => Buffer.from(bytes()).toString('utf8'),
    skip,
  }
}
