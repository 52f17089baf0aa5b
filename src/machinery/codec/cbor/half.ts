const scratch = new DataView(new ArrayBuffer(4))

/** The bits of a number in 16 bits, or undefined where they do not hold it exactly. */
export function halfOf(value: number): number | undefined {
  scratch.setFloat32(0, value)
  if (scratch.getFloat32(0) !== value) return undefined
  const bits = scratch.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 0xff) - 127
  const fraction = bits & 0x7fffff
  if (value === 0) return sign
  if (exponent > 15 || exponent < -24) return undefined
  if (exponent >= -14) {
    return fraction & 0x1fff ? undefined : sign | ((exponent + 15) << 10) | (fraction >>> 13)
  }
  // Below the smallest normal number the leading bit is written, and the exponent is not.
  const shift = -1 - exponent
  const whole = fraction | 0x800000
  return whole & ((1 << shift) - 1) ? undefined : sign | (whole >>> shift)
}

/** The number that 16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}
