/** The format that `tar` writes and reads: blocks of ustar, and what pax and GNU add for long names. */

/** What an archive has of a file, directory or link. */
export interface ArchiveEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  /** Where a link leads to. */
  readonly target: string
  readonly bytes: Uint8Array
}

const blockSize = 512

/** The end of an archive. */
export const archiveEnd = Buffer.alloc(2 * blockSize)

/** The blocks of one entry; a directory's name ends with a slash. */
export function entryBlocks(name: string, bytes: Uint8Array): readonly Buffer[] {
  const kind = name.endsWith('/') ? '5' : '0'
  const padding = Buffer.alloc((blockSize - (bytes.length % blockSize)) % blockSize)
  const own = [header(name, bytes.length, kind), Buffer.from(bytes), padding]
  if (splitName(name) !== undefined) return own
  const long = Buffer.from(`${name}\0`)
  const filling = Buffer.alloc((blockSize - (long.length % blockSize)) % blockSize)
  return [header('././@LongLink', long.length, 'L'), long, filling, ...own]
}

/** A block of ustar's fields: octal numbers, and a sum over all bytes with its own place blank. */
function header(name: string, sizeBytes: number, kind: '0' | '5' | 'L'): Buffer {
  const block = Buffer.alloc(blockSize)
  const [short, prefix] = splitName(name) ?? [name, '']
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  const fields: readonly (readonly [at: number, text: string, most?: number])[] = [
    [0, short, 100],
    [100, octal(kind === '5' ? 0o755 : 0o644, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(sizeBytes, 11)],
    [136, octal(0, 11)],
    [148, ' '.repeat(8)],
    [156, kind],
    [257, 'ustar\x0000'],
    [265, 'root'],
    [297, 'root'],
    [345, prefix],
  ]
  for (const [at, text, most = text.length] of fields) block.write(text, at, most)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** A name of more than 100 bytes is cut at a slash; undefined for one that fits into no header. */
function splitName(name: string): readonly [short: string, prefix: string] | undefined {
  const bytes = Buffer.from(name)
  if (bytes.length <= 100) return [name, '']
  const slash = bytes.indexOf('/', bytes.length - 101)
  if (slash < 0 || slash > 155 || slash === bytes.length - 1) return undefined
  return [bytes.toString('utf8', slash + 1), bytes.toString('utf8', 0, slash)]
}

/** Reads an archive; undefined for what is none. What is cut off is left out. */
export function readArchive(archive: Buffer): readonly ArchiveEntry[] | undefined {
  const entries: ArchiveEntry[] = []
  let extended: ExtendedHeader = {}
  for (let at = 0; at + blockSize <= archive.length && archive[at] !== 0; ) {
    const found = readHeader(archive.subarray(at, at + blockSize))
    if (!found) return undefined
    const { kind, size, name, target } = found
    const bytes = archive.subarray(at + blockSize, at + blockSize + size)
    at += blockSize + Math.ceil(size / blockSize) * blockSize
    if (isAboutNext(kind)) {
      extended = { ...extended, ...extendedBy(kind, bytes) }
      continue
    }
    const { path = name, linkpath = target } = extended
    entries.push({ name: path, kind: kindOf(kind), target: linkpath, bytes })
    extended = {}
  }
  return entries
}

/** What is told of the entry that follows, where its header has no room for it. */
interface ExtendedHeader {
  readonly path?: string
  readonly linkpath?: string
}

const isAboutNext = (kind: string) => 'xgLK'.includes(kind) && kind !== ''

function extendedBy(kind: string, bytes: Buffer): ExtendedHeader {
  if (kind === 'L') return { path: textUntilNull(bytes) }
  if (kind === 'K') return { linkpath: textUntilNull(bytes) }
  // What `g` says is for all that follow, and no name is.
  return kind === 'x' ? paxRecords(bytes) : {}
}

function readHeader(block: Buffer) {
  const field = (from: number, length: number) =>
    block.toString('utf8', from, from + length).split('\0')[0] ?? ''
  if (!field(257, 5).startsWith('ustar')) return undefined
  const prefix = field(345, 155)
  return {
    kind: field(156, 1),
    size: Math.max(0, Number.parseInt(field(124, 12), 8) || 0),
    name: (prefix === '' ? '' : `${prefix}/`) + field(0, 100),
    target: field(157, 100),
  }
}

function kindOf(flag: string): ArchiveEntry['kind'] {
  if (flag === '0' || flag === '' || flag === '7') return 'file'
  if (flag === '5') return 'directory'
  return flag === '1' || flag === '2' ? 'link' : 'other'
}

const textUntilNull = (bytes: Buffer) => bytes.toString().split('\0')[0] ?? ''

/** `27 path=a/long/name\n`, each with its own length in front. */
function paxRecords(bytes: Buffer): Readonly<Record<string, string>> {
  const records: Record<string, string> = {}
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 10), 10)
    if (!(length > 0)) break
    const [key = '', ...value] = bytes
      .toString('utf8', at, at + length - 1)
      .replace(/^\d+ /, '')
      .split('=')
    records[key] = value.join('=')
    at += length
  }
  return records
}
