import { withoutTrailing } from '#lib'
import { fromHalf } from './half.ts'
import { majorNames, majorType } from './wire.ts'

interface CborLimits {
  /** As for JSON: upstream allows 10000; what our own recursive code surely bears is less. */
  readonly maxDepth: number
}

const cborLimits: CborLimits = { maxDepth: 1000 }

/**
 * The value of one item of CBOR from outside, as JSON would hold it, by upstream's rules: byte strings are
 * texts, encoded as the tag around them says; tags that are not known are passed over; names are texts and
 * stand once in their object; numbers beyond 64 bits, NaN, the infinities and simple values other than
 * true, false and null are refused. Each byte is looked at a bounded number of times.
 * @throws Error with upstream's text.
 */
export function decodeCbor(bytes: Uint8Array, limits = cborLimits): unknown {
  const reader = new CborReader(bytes, limits)
  return reader.whole()
}

/** How the tag around a byte string wants it as text (RFC 8949, 3.4.5.2). */
type TextForm = 'base64url' | 'base64' | 'hex'

const textForms: ReadonlyMap<number | bigint, TextForm> = new Map([
  [21, 'base64url'],
  [22, 'base64'],
  [23, 'hex'],
])

const bignums: ReadonlySet<number | bigint> = new Set([2, 3])
const timeText = 0
const epochTime = 1

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const breakByte = 0xff
/** The additional information of an item whose length is not said. */
const unknownLength = 31

interface Head {
  readonly major: number
  readonly info: number
  /** A bigint only where a number does not hold it. */
  readonly argument: number | bigint
}

/** What is true of the item that is read. */
interface Around {
  readonly depth: number
  readonly form: TextForm | undefined
}

class CborReader {
  readonly #bytes: Buffer
  readonly #limits: CborLimits
  #at = 0

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#limits = limits
  }

  whole(): unknown {
    if (this.#bytes.length === 0) throw new Error('EOF')
    const value = this.#item({ depth: 0, form: undefined })
    const left = this.#bytes.length - this.#at
    if (left === 0) return value
    throw new Error(`cbor: ${left} bytes of extraneous data starting at index ${this.#at}`)
  }

  #item(around: Around): unknown {
    const head = this.#head()
    switch (head.major) {
      case majorType.unsigned:
        return integerOf(head, head.argument)
      case majorType.negative:
        return integerOf(head, -1n - BigInt(head.argument))
      case majorType.bytes: {
        const bytes = this.#string(head)
        return bytes.toString(around.form ?? 'utf8')
      }
      case majorType.text:
        return validText(this.#string(head))
      case majorType.array:
        return this.#array(head, this.#deeper(around))
      case majorType.map:
        return this.#map(head, this.#deeper(around))
      case majorType.tag:
        return this.#tagged(head.argument, this.#deeper(around))
      default:
        return this.#simple(head)
    }
  }

  #deeper({ depth, form }: Around): Around {
    if (depth >= this.#limits.maxDepth) {
      throw new Error(`cbor: exceeded max nested level ${this.#limits.maxDepth}`)
    }
    return { depth: depth + 1, form }
  }

  #take(size: number): number {
    const start = this.#at
    if (size > this.#bytes.length - start) throw new Error('unexpected EOF')
    this.#at = start + size
    return start
  }

  #head(): Head {
    const first = this.#bytes[this.#take(1)] ?? 0
    const major = first >>> 5
    const info = first & 0x1f
    const known = { major, info }
    if (info < 24) return { ...known, argument: info }
    if (info === 24) return { ...known, argument: this.#bytes[this.#take(1)] ?? 0 }
    if (info === 25) return { ...known, argument: this.#bytes.readUInt16BE(this.#take(2)) }
    if (info === 26) return { ...known, argument: this.#bytes.readUInt32BE(this.#take(4)) }
    if (info === 27)
      return { ...known, argument: exactly(this.#bytes.readBigUInt64BE(this.#take(8))) }
    const mayBeUnknown = major >= majorType.bytes && major <= majorType.map
    if (info === unknownLength && mayBeUnknown) return { ...known, argument: 0 }
    if (first === breakByte) throw new Error('cbor: unexpected "break" code')
    throw new Error(
      `cbor: invalid additional information ${info} for type ${majorNames[major] ?? ''}`,
    )
  }

  #atBreak(): boolean {
    if (this.#at >= this.#bytes.length) throw new Error('unexpected EOF')
    if (this.#bytes[this.#at] !== breakByte) return false
    this.#at++
    return true
  }

  #string({ major, info, argument }: Head): Buffer {
    if (info !== unknownLength) {
      const start = this.#take(Number(argument))
      return this.#bytes.subarray(start, this.#at)
    }
    const name = majorNames[major] ?? ''
    const chunks: Buffer[] = []
    while (!this.#atBreak()) {
      const chunk = this.#head()
      if (chunk.major !== major) {
        const given = majorNames[chunk.major] ?? ''
        throw new Error(`cbor: wrong element type ${given} for indefinite-length ${name}`)
      }
      if (chunk.info === unknownLength) {
        throw new Error(`cbor: indefinite-length ${name} chunk is not definite-length`)
      }
      chunks.push(this.#string(chunk))
    }
    return Buffer.concat(chunks)
  }

  /** Calls `read` for each element; those of a length that cannot be end with the bytes. */
  #each({ info, argument }: Head, read: (index: number) => void): void {
    if (info === unknownLength) {
      for (let index = 0; !this.#atBreak(); index++) read(index)
      return
    }
    for (let index = 0; index < argument; index++) read(index)
  }

  #array(head: Head, around: Around): readonly unknown[] {
    const items: unknown[] = []
    this.#each(head, () => items.push(this.#item(around)))
    return items
  }

  #map(head: Head, around: Around): unknown {
    const members: Record<string, unknown> = {}
    this.#each(head, (index) => {
      const name = this.#name(around)
      if (Object.hasOwn(members, name)) {
        throw new Error(
          `cbor: found duplicate map key ${JSON.stringify(name)} at map element index ${index}`,
        )
      }
      const value = this.#item(around)
      if (name === '__proto__') {
        const own = { value, enumerable: true, writable: true, configurable: true }
        Object.defineProperty(members, name, own)
      } else members[name] = value
    })
    return members
  }

  #name(around: Around): string {
    const major = (this.#bytes[this.#at] ?? 0) >>> 5
    const name = this.#item(around)
    if (typeof name === 'string') return name
    const given = majorNames[major] ?? ''
    throw new Error(`cbor: cannot unmarshal ${given} into Go value of type string`)
  }

  #tagged(tag: number | bigint, around: Around): unknown {
    const content = (this.#bytes[this.#at] ?? 0) >>> 5
    if (bignums.has(tag)) {
      throw new Error('cbor: data item of cbor type tag is not accepted by protocol: bignum')
    }
    const form = textForms.get(tag)
    if (form) return this.#item({ ...around, form })
    const value = this.#item(around)
    if (tag === timeText) return timeFromText(value, content)
    return tag === epochTime ? timeFromEpoch(value, content) : value
  }

  #simple({ info, argument }: Head): unknown {
    switch (info) {
      case 20:
        return false
      case 21:
        return true
      case 22:
        return null
      case 25:
        return finite(fromHalf(Number(argument)))
      case 26:
        return finite(this.#bytes.readFloatBE(this.#at - 4))
      case 27:
        return finite(this.#bytes.readDoubleBE(this.#at - 8))
    }
    if (info === 24 && argument < 32) {
      throw new Error(`cbor: invalid simple value ${argument} for type primitives`)
    }
    throw refusedPrimitive(`simple value ${argument} is not recognized`)
  }
}

function refusedPrimitive(what: string): Error {
  return new Error(`cbor: data item of cbor type primitives is not accepted by protocol: ${what}`)
}

function finite(value: number): number {
  if (Number.isNaN(value)) throw refusedPrimitive('floating-point NaN')
  if (!Number.isFinite(value)) throw refusedPrimitive('floating-point infinity')
  return value
}

function exactly(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function integerOf({ major }: Head, value: number | bigint): number | bigint {
  const exact = typeof value === 'bigint' ? exactly(value) : value
  if (typeof exact === 'number' || BigInt.asIntN(64, exact) === exact) return exact
  throw new Error(
    `cbor: cannot unmarshal ${majorNames[major] ?? ''} into Go value of type int64 (${value} overflows Go's int64)`,
  )
}

function validText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Error('cbor: invalid UTF-8 string')
  }
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function timeFromText(value: unknown, major: number): string {
  if (major !== majorType.text || typeof value !== 'string') {
    const given = majorNames[major] ?? ''
    throw new Error(`cbor: tag number 0 must be followed by text string, got ${given}`)
  }
  if (rfc3339.test(value) && !Number.isNaN(Date.parse(value))) return asGoWrites(value)
  throw new Error(`cbor: cannot set ${value} for time.Time`)
}

/** Go reads a time and writes it again: without trailing zeros of its fraction, and with `Z` for no offset. */
function asGoWrites(time: string): string {
  const zoneAt = time.endsWith('Z') ? time.length - 1 : time.length - 6
  const zone = time.slice(zoneAt)
  const clock = time.slice(0, zoneAt)
  const short = clock.includes('.') ? withoutTrailing(withoutTrailing(clock, '0'), '.') : clock
  return `${short}${zone === '+00:00' || zone === '-00:00' ? 'Z' : zone}`
}

/** The last second that has a year of four digits. */
const lastSecond = 253_402_300_799

function timeFromEpoch(value: unknown, major: number): string {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    const given = majorNames[major] ?? ''
    throw new Error(
      `cbor: tag number 1 must be followed by integer or floating-point number, got ${given}`,
    )
  }
  const seconds = Number(value)
  if (seconds < -62_167_219_200 || seconds > lastSecond) {
    throw new Error(
      'cbor: decoded time cannot be represented in RFC3339 format with sub-second precision',
    )
  }
  const text = new Date(seconds * 1000).toISOString().slice(0, -1)
  const short = withoutTrailing(text, '0')
  // Whole seconds have no fraction, and zeros before the point stay.
  return text.endsWith('.000') ? `${text.slice(0, -4)}Z` : `${short}Z`
}
