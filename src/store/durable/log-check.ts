import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { directoryNames } from './files.ts'
import { corrupt } from './records.ts'

// The layout is LevelDB's (doc/log_format.md): blocks of 32 KiB, in them records of
// masked CRC-32C u32 | length u16 | type u8 | payload, the checksum being over type and payload.
const blockBytes = 32_768
const headerBytes = 7

/**
 * Looks for damage inside LevelDB's logs, before LevelDB opens them: it would leave out what is
 * damaged and delete the log. A record that is torn at the end is what a crash leaves; one that is
 * followed by whole ones is damage.
 *
 * @throws KnarrError `StoreCorrupt`
 */
export async function checkLogs(directory: string): Promise<void> {
  for (const name of await directoryNames(directory)) {
    if (!name.endsWith('.log')) continue
    const damagedAt = damageInside(await readFile(join(directory, name)))
    if (damagedAt !== undefined) {
      throw corrupt(`the log ${name} is damaged at byte ${damagedAt}, and whole records follow`)
    }
  }
}

/** Where the first damaged record is that a whole one follows. */
function damageInside(log: Buffer): number | undefined {
  let damagedAt: number | undefined
  for (let block = 0; block < log.length; block += blockBytes) {
    const end = Math.min(block + blockBytes, log.length)
    for (let at = block; end - at >= headerBytes; ) {
      const next = at + headerBytes + log.readUInt16LE(at + 4)
      const isWhole = next <= end && log[at + 6] !== 0 && holds(log, at, next)
      if (isWhole && damagedAt !== undefined) return damagedAt
      if (!isWhole) damagedAt ??= at
      at = next
    }
  }
  return undefined
}

function holds(log: Buffer, at: number, next: number): boolean {
  const sum = crc32c(log.subarray(at + 6, next))
  const masked = (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0
  return masked === log.readUInt32LE(at)
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1
  return sum
})

/** Castagnoli's polynomial; that of Node's `crc32` is another. */
function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) sum = (sum >>> 8) ^ (table[(sum ^ byte) & 0xff] ?? 0)
  return (sum ^ 0xffffffff) >>> 0
}
