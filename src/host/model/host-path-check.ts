import type { HostPathCheck, HostPathType } from './volumes.ts'

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

/** What a hostPath volume of this type needs to have made, where nothing is found. */
export function madeForHostPath(type: HostPathType): 'directory' | 'file' | undefined {
  if (type === 'DirectoryOrCreate') return 'directory'
  return type === 'FileOrCreate' ? 'file' : undefined
}

/** Upstream's hostPath type check of what is there in the end. */
export function judgeHostPath(
  path: string,
  type: HostPathType,
  found: string | undefined,
): HostPathCheck {
  if (type === '') return { kind: 'accepted' }
  const [kind, complaint] = wanted[type]
  if (found === kind) return { kind: 'accepted' }
  return { kind: 'refused', message: `hostPath type check failed: ${path} ${complaint}` }
}
