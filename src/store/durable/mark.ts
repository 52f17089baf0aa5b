import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { KnarrError } from '#lib'
import type { Revision } from '../contract/store.ts'
import { readIfPresent, writeDurably } from './files.ts'
import { corrupt } from './records.ts'

/**
 * The high-water mark: the newest revision that is known to be on disk, in a file beside LevelDB's,
 * which drops damaged records at the end of its log without a word, because a crash leaves such ones
 * too. What the log holds may be newer than the mark and is never older.
 *
 * It is written in place before commits are acknowledged, and left to the system's cache: after
 * `kill -9` it is exact, and costs no flush. It is flushed at every {@link flushedEvery}th revision
 * and at a clean stop. Two slots take turns, each `crc32 u32 | revision f64`, little-endian, each in
 * a sector of its own, so that one that is torn leaves the other.
 */
export interface Mark extends Disposable {
  /** Takes note that everything up to `revision` is on disk. */
  advance(revision: Revision): void
  /** Writes both slots and flushes them. */
  settle(revision: Revision): void
}

const markFile = 'MARK'

const slotBytes = 512
const flushedEvery = 1000

/** The mark that stands in a directory. @throws KnarrError `StoreCorrupt` when it cannot be read. */
export async function readMark(directory: string): Promise<Revision> {
  const content = await readIfPresent(join(directory, markFile))
  const lost = (how: string) =>
    corrupt(`the file ${markFile}, which says how far its commits go, is ${how}`)
  if (content === undefined) throw lost('missing')
  const revisions = [readSlot(content, 0), readSlot(content, slotBytes)]
  const newest = Math.max(...revisions)
  if (newest === 0) throw lost('damaged')
  return newest
}

/** Writes a mark where none is. */
export function createMark(directory: string, revision: Revision): Promise<void> {
  const content = Buffer.alloc(2 * slotBytes)
  for (const at of [0, slotBytes]) slot(revision).copy(content, at)
  return writeDurably(join(directory, markFile), content)
}

/** Opens the mark of a directory to move it on. */
export function openMark(directory: string, revision: Revision): Mark {
  const file = openSync(join(directory, markFile), 'r+')
  let turn = 0
  let flushed = revision
  const write = (newest: Revision) => {
    const record = slot(newest)
    turn = slotBytes - turn
    const written = writeSync(file, record, 0, record.length, turn)
    if (written < record.length) {
      throw new KnarrError('StoreFailed', `the disk took no more of the file ${markFile}`)
    }
  }
  const settle = (newest: Revision) => {
    write(newest)
    write(newest)
    fsyncSync(file)
    flushed = newest
  }
  settle(revision)
  return {
    advance(newest) {
      if (newest - flushed >= flushedEvery) settle(newest)
      else write(newest)
    },
    settle,
    [Symbol.dispose]: () => closeSync(file),
  }
}

function slot(revision: Revision): Buffer {
  const record = Buffer.alloc(12)
  record.writeDoubleLE(revision, 4)
  record.writeUInt32LE(crc32(record.subarray(4)), 0)
  return record
}

/** The revision in a slot; 0 when it is damaged. */
function readSlot(content: Buffer, at: number): Revision {
  const record = content.subarray(at, at + 12)
  const isWhole = record.length === 12 && record.readUInt32LE(0) === crc32(record.subarray(4))
  return isWhole ? record.readDoubleLE(4) : 0
}
