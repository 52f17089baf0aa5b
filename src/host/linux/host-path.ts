import { stat } from 'node:fs/promises'
import type { HostPathCheck, HostPathType } from '../volumes.ts'
import { unlessMissing } from './errors.ts'
import { fileStatus } from './file-status.ts'
import { makeDirectory, touchFile } from './linux-files.ts'

const accepted: HostPathCheck = { kind: 'accepted' }

/** What each type wants to find, and upstream's words for not finding it. */
const wanted = {
  Directory: ['directory', 'is not a directory'],
  DirectoryOrCreate: ['directory', 'is not a directory'],
  File: ['file', 'is not a file'],
  FileOrCreate: ['file', 'is not a file'],
  Socket: ['socket', 'is not a socket file'],
  CharDevice: ['charDevice', 'is not a character device'],
  BlockDevice: ['blockDevice', 'is not a block device'],
} as const satisfies Record<Exclude<HostPathType, ''>, readonly [string, string]>

/** Upstream's hostPath type check; links are followed. */
export async function checkHostPath(path: string, type: HostPathType): Promise<HostPathCheck> {
  if (type === '') return accepted
  const found = await unlessMissing(async () => fileStatus(await stat(path)))
  if (found === undefined && type === 'DirectoryOrCreate') {
    await makeDirectory(path, 0o755)
    return accepted
  }
  if (found === undefined && type === 'FileOrCreate') {
    await touchFile(path, 0o644)
    return accepted
  }
  const [kind, complaint] = wanted[type]
  if (found?.kind === kind) return accepted
  return { kind: 'refused', message: `hostPath type check failed: ${path} ${complaint}` }
}
