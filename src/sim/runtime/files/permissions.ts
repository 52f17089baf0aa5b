import type { ContainerConfig } from '#runtime'
import { actingUser } from '../../behaviour/image-user.ts'
import { FileError } from '../../process/file-error.ts'
import type { ProcessUser } from '../../process/process.ts'
import type { FileAttributes } from './own-files.ts'

/** The user of a container, by its security context; the first of its groups is its own. */
export function userOf({ linux }: Pick<ContainerConfig, 'linux'>): ProcessUser {
  const { runAsUser, runAsGroup = 0, supplementalGroups = [] } = linux.securityContext
  const groups = [...new Set([runAsGroup, ...supplementalGroups])]
  return { uid: actingUser(runAsUser), gid: runAsGroup, groups }
}

/** What containerd gives a container that asks for nothing. */
const usual = new Set(
  `AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP
   SETUID SYS_CHROOT`.split(/\s+/),
)

/** Those that the usual ones lack and that a simulated program may need. */
const privileged = new Set(['NET_ADMIN', 'SYS_ADMIN', 'SYS_PTRACE', 'SYS_TIME', ...usual])

/** What a container may do without being everything to its node; a user who is not root has nothing of it. */
export function capabilitiesOf({ linux }: Pick<ContainerConfig, 'linux'>): ReadonlySet<string> {
  const { privileged: isPrivileged, capabilities, runAsUser } = linux.securityContext
  if (actingUser(runAsUser) !== 0) return new Set()
  if (isPrivileged) return privileged
  const { add = [], drop = [] } = capabilities ?? {}
  const bare = (name: string) => name.toUpperCase().replace(/^CAP_/, '')
  const dropped = new Set(drop.map(bare))
  const kept = dropped.has('ALL') ? [] : [...usual].filter((each) => !dropped.has(each))
  const added = add.map(bare)
  return new Set([...kept, ...(added.includes('ALL') ? privileged : added)])
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
