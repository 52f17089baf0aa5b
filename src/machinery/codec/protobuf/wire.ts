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
  /** A reader of the bytes of a length-delimited value, which it shares. */
  message(): ProtobufReader
  /** Passes over a value of any wire type. */
  skip(type: number): void
}

export function createReader(source: Uint8Array): ProtobufReader {
  const buffer = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  return new Reader(buffer, 0, buffer.length)
}

/** A class, since each entry of a map has one: its methods are shared, and so are the bytes. */
class Reader implements ProtobufReader {
  readonly #buffer: Buffer
  readonly #end: number
  #position: number

  constructor(buffer: Buffer, start: number, end: number) {
    this.#buffer = buffer
    this.#position = start
    this.#end = end
  }

  get atEnd(): boolean {
    return this.#position >= this.#end
  }

  #take(size: number): number {
    const start = this.#position
    if (size > this.#end - start) throw new Error('unexpected EOF')
    this.#position = start + size
    return start
  }

  /** Where a length-delimited value begins; its end is the position from here on. */
  #delimited(): number {
    const size = this.integer()
    if (size < 0) throw new Error('proto: negative length found during unmarshaling')
    return this.#take(size)
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = this.#buffer[this.#take(1)]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
    throw new Error('proto: integer overflow')
  }

  integer(): number {
    const byte = this.#position < this.#end ? this.#buffer[this.#position] : undefined
    if (byte !== undefined && byte < 0x80) {
      this.#position++
      return byte
    }
    return Number(this.varint())
  }

  double(): number {
    return this.#buffer.readDoubleLE(this.#take(8))
  }

  bytes(): Uint8Array {
    const start = this.#delimited()
    return this.#buffer.subarray(start, this.#position)
  }

  text(): string {
    const start = this.#delimited()
    return this.#buffer.toString('utf8', start, this.#position)
  }

  message(): ProtobufReader {
    const start = this.#delimited()
    return new Reader(this.#buffer, start, this.#position)
  }

  tag(): { readonly number: number; readonly type: number } {
    const tag = this.integer()
    const [number, type] = [Math.floor(tag / 8), tag & 7]
    if (number <= 0) throw new Error(`proto: illegal tag ${number} (wire type ${type})`)
    return { number, type }
  }

  skip(type: number): void {
    if (type === wireType.varint) this.varint()
    else if (type === wireType.fixed64) this.#take(8)
    else if (type === wireType.bytes) this.#delimited()
    else if (type === wireType.fixed32) this.#take(4)
    else if (type === wireType.startGroup) this.#skipGroup()
    else throw new Error(`proto: illegal wireType ${type}`)
  }

  /** Groups may nest; they are counted, not recursed into, so that depth costs no stack. */
  #skipGroup(): void {
    for (let open = 1; open > 0; ) {
      const { type } = this.tag()
      if (type === wireType.startGroup) open++
      else if (type === wireType.endGroup) open--
      else this.skip(type)
    }
  }
}
