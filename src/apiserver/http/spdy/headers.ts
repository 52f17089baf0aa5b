import { constants, createInflate } from 'node:zlib'
import { spdyDictionary } from './dictionary.ts'

export type SpdyHeaders = Readonly<Record<string, string>>

/** All blocks of a connection form one compressed text, so they must be read in their order. */
export interface HeaderReader {
  read(block: Uint8Array): Promise<SpdyHeaders>
  close(): void
}

/** More than any header block of a Kubernetes client; what expands to more ends the connection. */
const maxBlockBytes = 64 * 1024

export function createHeaderReader(): HeaderReader {
  const inflate = createInflate({ dictionary: spdyDictionary, finishFlush: constants.Z_SYNC_FLUSH })
  const parts: Buffer[] = []
  let failure: Error | undefined
  let fail: ((error: Error) => void) | undefined
  let length = 0
  inflate.on('data', (part: Buffer) => {
    length += part.length
    if (length <= maxBlockBytes) return void parts.push(part)
    // The rest of what a mebibyte expands to is not even made.
    end(new Error('SPDY headers are too long'))
    inflate.destroy()
  })
  const end = (error: Error) => {
    failure ??= error
    fail?.(failure)
  }
  inflate.on('error', end)
  return {
    read: (block) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        fail = reject
        length = 0
        inflate.write(block)
        inflate.flush(constants.Z_SYNC_FLUSH, () => {
          const text = Buffer.concat(parts.splice(0))
          try {
            resolve(parsePairs(text))
          } catch (error) {
            reject(error)
          }
        })
      }),
    close: () => inflate.destroy(),
  }
}

/**
 * Writes blocks without compressing them: the text of a connection then is one zlib stream of stored
 * parts, which any inflater reads and which depends on nothing that went before.
 */
export function createHeaderWriter(): (headers: SpdyHeaders) => Buffer {
  let isFirst = true
  return (headers) => {
    const stored = Buffer.concat([storedPart(formatPairs(headers)), flush])
    if (!isFirst) return stored
    isFirst = false
    return Buffer.concat([zlibHead, stored])
  }
}

function storedPart(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt16LE(bytes.length, 1)
  head.writeUInt16LE(~bytes.length & 0xffff, 3)
  return Buffer.concat([head, bytes])
}

/** An empty part makes readers give out what they have (zlib's sync flush). */
const flush = storedPart(Buffer.alloc(0))

/** Deflate with a window of 32 KiB, no dictionary. */
const zlibHead = Buffer.from([0x78, 0x01])

/** A count, then names and values, each behind its length; several values of a name stand behind NULs. */
function parsePairs(text: Buffer): SpdyHeaders {
  let at = 0
  const number = () => {
    const value = text.readUInt32BE(at)
    at += 4
    return value
  }
  const word = () => {
    const length = number()
    if (at + length > text.length) throw new Error('SPDY headers end early')
    at += length
    return text.toString('utf8', at - length, at)
  }
  const count = number()
  const headers: [string, string][] = []
  for (let index = 0; index < count; index++) {
    const name = word().toLowerCase()
    headers.push([name, word().split('\0')[0] ?? ''])
  }
  return Object.fromEntries(headers)
}

function formatPairs(headers: SpdyHeaders): Buffer {
  const entries = Object.entries(headers)
  return Buffer.concat([
    uint32(entries.length),
    ...entries.flatMap(([name, value]) => [sized(name), sized(value)]),
  ])
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
