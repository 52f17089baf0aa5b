import { growingBytes } from './growing-bytes.ts'
import { halfOf } from './half.ts'
import { majorType, selfDescribed } from './wire.ts'

/**
 * A value in CBOR as upstream encodes it: enclosed in the tag that says that it is CBOR, texts and names as
 * byte strings, names sorted by their bytes (RFC 8949, 4.2.1), numbers in the shortest form that holds
 * them. What JSON leaves out is left out.
 */
export function encodeCbor(value: unknown): Uint8Array {
  const writer = createWriter()
  writer.raw(selfDescribed)
  writer.value(value)
  return writer.finish()
}

/** A value as a part of a larger one: without the tag. */
export function encodeCborItem(value: unknown): Uint8Array {
  const writer = createWriter()
  writer.value(value)
  return writer.finish()
}

/**
 * A list whose elements are encoded already, in pieces that are sent one after the other; `head` has all
 * but the elements.
 */
export function cborListPieces(
  head: object,
  member: string,
  elements: readonly Uint8Array[],
): Iterable<Uint8Array> {
  const names = sortedNames([...namesOf(head), member])
  const before = createWriter()
  before.raw(selfDescribed)
  before.head(majorType.map, names.length)
  const behind = createWriter()
  let writer = before
  for (const name of names) {
    writer.text(name)
    if (name === member) {
      writer.head(majorType.array, elements.length)
      writer = behind
    } else writer.value(memberOf(head, name))
  }
  return [before.finish(), ...elements, behind.finish()]
}

/** An event of a watch, whose object is encoded already, as one item of a sequence. */
export function cborWatchEvent(type: string, object: Uint8Array): Uint8Array {
  const writer = createWriter()
  writer.raw(selfDescribed)
  writer.head(majorType.map, 2)
  writer.text('type')
  writer.text(type)
  writer.text('object')
  writer.raw(object)
  return writer.finish()
}

function createWriter() {
  const bytes = growingBytes()

  function head(major: number, count: number | bigint): void {
    const first = major << 5
    if (count < 24) bytes.byte(first | Number(count))
    else if (count < 0x100) {
      bytes.byte(first | 24)
      bytes.byte(Number(count))
    } else if (count < 0x10000) {
      bytes.byte(first | 25)
      bytes.uint16(Number(count))
    } else if (count < 0x1_0000_0000) {
      bytes.byte(first | 26)
      bytes.uint32(Number(count))
    } else {
      bytes.byte(first | 27)
      bytes.uint64(BigInt(count))
    }
  }

  function text(value: string): void {
    head(majorType.bytes, Buffer.byteLength(value))
    bytes.text(value)
  }

  function integer(value: number | bigint): void {
    if (value >= 0) head(majorType.unsigned, value)
    else head(majorType.negative, typeof value === 'bigint' ? -1n - value : -1 - value)
  }

  function float(value: number): void {
    if (!Number.isFinite(value)) throw new Error(`cbor: unsupported value: ${value}`)
    const half = halfOf(value)
    if (half !== undefined) {
      bytes.byte(0xf9)
      bytes.uint16(half)
    } else if (Math.fround(value) === value) {
      bytes.byte(0xfa)
      bytes.float32(value)
    } else {
      bytes.byte(0xfb)
      bytes.float64(value)
    }
  }

  function scalar(value: unknown): void {
    if (typeof value === 'string') text(value)
    else if (typeof value === 'boolean') bytes.byte(value ? 0xf5 : 0xf4)
    else if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
      // Cast: both kinds of integers.
      integer(value as number | bigint)
    } else if (typeof value === 'number') float(value)
    else bytes.byte(0xf6)
  }

  function write(value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      scalar(value)
      return
    }
    if (Array.isArray(value)) {
      head(majorType.array, value.length)
      for (const item of value) write(item)
      return
    }
    const names = sortedNames(namesOf(value))
    head(majorType.map, names.length)
    for (const name of names) {
      text(name)
      write(memberOf(value, name))
    }
  }

  return { head, text, value: write, raw: bytes.raw, finish: bytes.finish }
}

function memberOf(value: object, name: string): unknown {
  // Cast: the name is read of the object.
  return (value as Readonly<Record<string, unknown>>)[name]
}

function namesOf(value: object): string[] {
  const names: string[] = []
  for (const name in value) if (memberOf(value, name) !== undefined) names.push(name)
  return names
}

/** By the bytes that encode them: the length stands before the text. */
function sortedNames(names: string[]): string[] {
  return names.length < 2 ? names : names.sort(compareNames)
}

const ascii = /^[\0-\x7f]*$/

function compareNames(a: string, b: string): number {
  if (ascii.test(a) && ascii.test(b)) {
    if (a.length !== b.length) return a.length - b.length
    return a < b ? -1 : Number(a > b)
  }
  const [ofA, ofB] = [Buffer.from(a), Buffer.from(b)]
  return ofA.length - ofB.length || Buffer.compare(ofA, ofB)
}
