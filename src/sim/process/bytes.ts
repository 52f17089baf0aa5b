import { isUtf8 } from 'node:buffer'

/**
 * Simulated processes handle text. A byte that is not part of any letter stands in a text as the half
 * of a surrogate pair with no other half, U+DC80 to U+DCFF, so that texts keep bytes of any kind.
 */
const firstStray = 0xdc00

/** Turns bytes into a text that has all of them. */
export function textFrom(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return buffer.toString()
  const units = new Uint16Array(buffer.length)
  let length = 0
  for (let at = 0; at < buffer.length; ) {
    const size = letterSize(buffer, at)
    if (size === 0) {
      units[length++] = firstStray + (buffer[at] ?? 0)
      at++
      continue
    }
    const code = codePointAt(buffer, at, size)
    if (code < 0x10000) units[length++] = code
    else {
      units[length++] = 0xd800 + ((code - 0x10000) >> 10)
      units[length++] = firstStray + ((code - 0x10000) & 0x3ff)
    }
    at += size
  }
  return Buffer.from(units.buffer, 0, length * 2).toString('utf16le')
}

/** Turns a text into the bytes that it stands for. */
export function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  const bytes = Buffer.alloc(text.length * 3)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0
    if (code >= firstStray + 0x80 && code <= firstStray + 0xff) bytes[length++] = code - firstStray
    else length += bytes.write(String.fromCodePoint(code), length)
    if (code > 0xffff) at++
  }
  return bytes.subarray(0, length)
}

/** How many bytes a text stands for. */
export function byteSize(text: string): number {
  return text.isWellFormed() ? Buffer.byteLength(text) : bytesOf(text).length
}

/** Reads bytes as they come: a letter that is cut waits for the rest of it. */
export interface BytesReader {
  read(bytes: Uint8Array): string
  /** What is left of a letter that never became whole. */
  end(): string
}

/** Makes a reader of one stream of bytes. */
export function bytesReader(): BytesReader {
  let kept = Buffer.alloc(0)
  return {
    read(bytes) {
      const all = kept.length === 0 ? bytes : Buffer.concat([kept, bytes])
      const whole = all.length - unfinished(all)
      kept = Buffer.from(all.subarray(whole))
      return textFrom(all.subarray(0, whole))
    },
    end() {
      const rest = textFrom(kept)
      kept = Buffer.alloc(0)
      return rest
    },
  }
}

/** How many bytes at the end may be the beginning of a letter. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return sizeBy(byte) > back ? back : 0
  }
  return 0
}

/** The size of a letter by its first byte; 0 for a byte that begins none. */
function sizeBy(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

/** The size of the letter that begins at a place; 0 when none does. */
function letterSize(bytes: Buffer, at: number): number {
  const size = sizeBy(bytes[at] ?? 0)
  if (size === 0 || at + size > bytes.length) return 0
  return size === 1 || isUtf8(bytes.subarray(at, at + size)) ? size : 0
}

function codePointAt(bytes: Buffer, at: number, size: number): number {
  const first = bytes[at] ?? 0
  let code = size === 1 ? first : first & (0xff >> (size + 1))
  for (let next = 1; next < size; next++) code = (code << 6) | ((bytes[at + next] ?? 0) & 0x3f)
  return code
}
