import type { ContainerConfig } from '#runtime'
import { FileError } from '../../process/file-error.ts'
import type { ProcessUser } from '../../process/process.ts'
import type { FileAttributes } from './own-files.ts'

/** The user of a container, by its security context; the first of its groups is its own. */
export function userOf({ linux }: Pick<ContainerConfig, 'linux'>): ProcessUser {
  const { runAsUser = 0, runAsGroup = 0, supplementalGroups = [] } = linux.securityContext
  const groups = [...new Set([runAsGroup, ...supplementalGroups])]
  return { uid: runAsUser, gid: runAsGroup, groups }
}

const bits = { read: 4, write: 2, enter: 1 } as const

/** Whether a user may do something to a file or directory; root may do everything. */
export function mayDo(
  what: keyof typeof bits,
  { mode, uid, gid }: FileAttributes,
  user: ProcessUser,
): boolean {
  if (user.uid === 0) return true
  const shift = user.uid === uid ? 6 : user.groups.includes(gid) ? 3 : 0
  return ((mode >> shift) & bits[what]) !== 0
}

/** @throws FileError where the user may not add to a directory, or take from it */
export function assertMayChange(directory: FileAttributes, user: ProcessUser): void {
  if (mayDo('write', directory, user) && mayDo('enter', directory, user)) return
  throw new FileError('Permission denied')
}

/** @throws FileError where the user may not write */
export function assertMayWrite(file: FileAttributes, user: ProcessUser): void {
  if (!mayDo('write', file, user)) throw new FileError('Permission denied')
}

/** Only the owner changes permissions, and only root gives away, but to a group of its own. */
export function assertMayChangeAttributes(
  before: FileAttributes,
  after: FileAttributes,
  user: ProcessUser,
): void {
  if (user.uid === 0) return
  const keepsOwner = before.uid === after.uid
  const keepsGroup = before.gid === after.gid || user.groups.includes(after.gid)
  if (user.uid === before.uid && keepsOwner && keepsGroup) return
  throw new FileError('Operation not permitted')
}

const setGroupId = 0o2000

/** The owner and permissions of what a user makes in a directory, of which it may have the group. */
export function madeBy(user: ProcessUser, mode: number, directory: FileAttributes): FileAttributes {
  const inherits = (directory.mode & setGroupId) !== 0
  return { mode, uid: user.uid, gid: inherits ? directory.gid : user.gid }
}
