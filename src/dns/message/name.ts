/** A name as it stands in a message. */
interface ReadName {
  /** In lower case; bytes that no host name has are written as `\DDD`, so that none is mistaken for another. */
  readonly labels: readonly string[]
  /** Where what follows it begins. */
  readonly end: number
}

/** Bounds of a name (RFC 1035, 2.3.4). */
const longestName = 255
const longestLabel = 63

/** Reads a name that may not be compressed, as that of a question; undefined when it is malformed. */
export function readName(message: Uint8Array, start: number): ReadName | undefined {
  const labels: string[] = []
  let at = start
  while (at < message.length) {
    const length = message[at] ?? 0
    at += 1
    if (at - start > longestName) return undefined
    if (length === 0) return { labels, end: at }
    if (length > longestLabel || at + length > message.length) return undefined
    labels.push(labelText(message.subarray(at, at + length)))
    at += length
  }
  return undefined
}

/** Where the name at `start`, which may be compressed, ends; undefined beyond the message. */
export function skipName(message: Uint8Array, start: number): number | undefined {
  let at = start
  while (at < message.length) {
    const length = message[at] ?? 0
    if (length >= 0xc0) return at + 2 <= message.length ? at + 2 : undefined
    if (length > longestLabel) return undefined
    at += length + 1
    if (length === 0) return at
  }
  return undefined
}

function labelText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c
    const lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
    text += isPlain ? String.fromCharCode(lower) : `\\${String(byte).padStart(3, '0')}`
  }
  return text
}

/** Whether a name can be written into a message. */
export function isWritable(name: string): boolean {
  if (name.length > longestName - 2) return false
  return name.split('.').every((label) => label.length > 0 && label.length <= longestLabel)
}

/** A name as it stands in a question; undefined where it cannot. */
export function encodeName(name: string): Buffer | undefined {
  if (!isWritable(name)) return undefined
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'))
  const parts = labels.flatMap((label) => [Buffer.from([label.length]), label])
  return Buffer.concat([...parts, Buffer.from([0])])
}
