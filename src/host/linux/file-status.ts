import type { Stats } from 'node:fs'
import type { FileStatus } from '../model/files.ts'

export function fileStatus(stats: Stats): FileStatus {
  return {
    kind: kindOf(stats),
    sizeBytes: stats.size,
    modifiedMs: stats.mtimeMs,
    identity: `${stats.dev}:${stats.ino}`,
    mode: stats.mode & 0o7777,
  }
}

function kindOf(stats: Stats): FileStatus['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'link'
  if (stats.isSocket()) return 'socket'
  if (stats.isCharacterDevice()) return 'charDevice'
  if (stats.isBlockDevice()) return 'blockDevice'
  return 'other'
}
