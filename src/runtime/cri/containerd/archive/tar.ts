interface EntryBase {
  /** Relative, without a leading `./` or slash. */
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  /** Default 0. */
  readonly uid?: number
  readonly gid?: number
}

export type TarEntry =
  | (EntryBase & { readonly kind: 'file'; readonly bytes: Uint8Array })
  | (EntryBase & { readonly kind: 'directory' })
  | (EntryBase & { readonly kind: 'link'; readonly target: string })

const blockBytes = 512
const typeFlags = { file: '0', link: '2', directory: '5' } as const

/** A tar (POSIX, with PAX records for long names) with all times zero: equal input, equal bytes. */
export function writeTar(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap(entryBlocks)
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)])
}

interface Header {
  readonly name: string
  readonly typeFlag: string
  readonly size: number
  readonly linkTarget: string
  readonly entry: EntryBase
}

function entryBlocks(entry: TarEntry): readonly Uint8Array[] {
  const name = entry.kind === 'directory' ? `${entry.path}/` : entry.path
  const linkTarget = entry.kind === 'link' ? entry.target : ''
  const bytes = entry.kind === 'file' ? entry.bytes : new Uint8Array()
  const typeFlag = typeFlags[entry.kind]
  return [
    ...paxBlocks(name, linkTarget, entry),
    headerBlock({ name, typeFlag, size: bytes.length, linkTarget, entry }),
    ...padded(bytes),
  ]
}

/** A name field holds 100 bytes; longer ones stand in a record before the entry. */
function paxBlocks(name: string, linkTarget: string, entry: EntryBase): readonly Uint8Array[] {
  const records = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(Buffer.byteLength(linkTarget) > 100 ? [paxRecord('linkpath', linkTarget)] : []),
  ]
  if (records.length === 0) return []
  const bytes = Buffer.from(records.join(''))
  const header = { name: 'pax', typeFlag: 'x', size: bytes.length, linkTarget: '', entry }
  return [headerBlock(header), ...padded(bytes)]
}

/** A record begins with its own length, which counts the digits of the length too. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (length !== Buffer.byteLength(rest) + String(length).length) {
    length = Buffer.byteLength(rest) + String(length).length
  }
  return `${length}${rest}`
}

function headerBlock({ name, typeFlag, size, linkTarget, entry }: Header): Uint8Array {
  const block = Buffer.alloc(blockBytes)
  block.write(name.slice(0, 100), 0, 100)
  block.write(octal(entry.mode, 7), 100)
  block.write(octal(entry.uid ?? 0, 7), 108)
  block.write(octal(entry.gid ?? 0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(0, 11), 136)
  block.write('        ', 148)
  block.write(typeFlag, 156)
  block.write(linkTarget.slice(0, 100), 157, 100)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0 `, 148)
  return block
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

function padded(bytes: Uint8Array): readonly Uint8Array[] {
  const rest = bytes.length % blockBytes
  return rest === 0 ? [bytes] : [bytes, Buffer.alloc(blockBytes - rest)]
}
