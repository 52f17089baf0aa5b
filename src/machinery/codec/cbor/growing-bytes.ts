const initialBytes = 256

/** Bytes that are written one after the other, numbers with their highest byte first. */
export function growingBytes() {
  let buffer = Buffer.allocUnsafe(initialBytes)
  let length = 0

  function reserve(size: number): void {
    if (length + size <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + size))
    buffer.copy(larger, 0, 0, length)
    buffer = larger
  }

  return {
    byte(value: number) {
      reserve(1)
      buffer[length++] = value
    },
    uint16(value: number) {
      reserve(2)
      length = buffer.writeUInt16BE(value, length)
    },
    uint32(value: number) {
      reserve(4)
      length = buffer.writeUInt32BE(value, length)
    },
    uint64(value: bigint) {
      reserve(8)
      length = buffer.writeBigUInt64BE(value, length)
    },
    float32(value: number) {
      reserve(4)
      length = buffer.writeFloatBE(value, length)
    },
    float64(value: number) {
      reserve(8)
      length = buffer.writeDoubleBE(value, length)
    },
    text(value: string) {
      reserve(Buffer.byteLength(value))
      length += buffer.write(value, length)
    },
    raw(value: Uint8Array) {
      reserve(value.length)
      buffer.set(value, length)
      length += value.length
    },
    /** The bytes so far; later writes do not change them. */
    finish: (): Uint8Array => Uint8Array.prototype.slice.call(buffer, 0, length),
  }
}
