import { dirname } from 'node:path'
import { blockBytes, mountAbove, usageBelow } from '../../host/disk-usage.ts'
import type { DirectoryNode, FileNode, Inode } from '../../host/inode.ts'
import type { MemoryDisk } from '../../host/memory-disk.ts'
import { bytesOf, textFrom } from '../../process/bytes.ts'
import { FileError, noSpace } from '../../process/file-error.ts'
import type { ProcessFileStatus, ProcessUser } from '../../process/process.ts'
import { containerLimit, type FileAttributes } from './own-files.ts'
import { assertMayChange, assertMayWrite, madeBy } from './permissions.ts'

/** Where a path of a container is on its node. */
export interface VolumePlace {
  readonly path: string
  readonly readonly: boolean
  /** The path on the node that is mounted. */
  readonly root: string
}

/** Files that a container has through its mounts: they are on its node's disk. */
export interface VolumeFiles {
  read(place: VolumePlace): string | undefined
  write(place: VolumePlace, text: string): void
  append(place: VolumePlace, text: string): void
  remove(place: VolumePlace): void
  makeDirectory(place: VolumePlace): void
  status(place: VolumePlace): ProcessFileStatus | undefined
  setAttributes(place: VolumePlace, attributes: FileAttributes): void
}

/** What is used of a volume, in blocks as its node counts them, and what it takes. */
interface VolumeUsage {
  bytes: number
  inodes: number
  readonly limitBytes: number
}

/** Of all volumes that somebody wrote to, by what is mounted; several containers may share one. */
const usages = new WeakMap<Inode, VolumeUsage>()

export function volumeFiles(disk: MemoryDisk, user: ProcessUser): VolumeFiles {
  const put = (place: VolumePlace, text: string, isAppended: boolean) => {
    const usage = writableUsage(disk, place)
    const known = fileAt(disk, place.path)
    if (known) assertMayWrite(known, user)
    const file = known ?? makeFile(disk, place, { usage, user })
    const bytes = bytesOf(text)
    const before = isAppended ? file.sizeBytes : 0
    usage.bytes -= blocks(file.sizeBytes)
    const most = Math.max(0, Math.floor((usage.limitBytes - usage.bytes) / blockBytes) * blockBytes)
    const fits = Math.max(0, Math.min(bytes.length, most - before))
    if (!isAppended) disk.setContent(file, bytes.subarray(0, fits))
    else if (fits > 0) disk.append(place.path).write(bytes.subarray(0, fits))
    usage.bytes += blocks(file.sizeBytes)
    if (fits < bytes.length) throw noSpace()
  }
  return {
    read({ path }) {
      const bytes = disk.read(path)
      return bytes && textFrom(bytes)
    },
    write: (place, text) => put(place, text, false),
    append: (place, text) => put(place, text, true),
    remove(place) {
      const usage = writableUsage(disk, place)
      const node = disk.locate(place.path, false)?.node
      if (!node) return
      const above = disk.locate(dirname(place.path), true)?.node
      if (above) assertMayChange(above, user)
      const { bytes, inodes } = usageBelow(node)
      disk.unlink(place.path)
      usage.bytes -= bytes
      usage.inodes -= inodes
    },
    makeDirectory(place) {
      const usage = writableUsage(disk, place)
      if (fileAt(disk, place.path)) throw new FileError('File exists')
      makeDirectories(disk, place.path, { usage, user })
    },
    status(place) {
      const node = disk.locate(place.path, true)?.node
      if (node?.kind !== 'file' && node?.kind !== 'directory') return undefined
      const { kind, mode, uid, gid } = node
      const sizeBytes = kind === 'file' ? node.sizeBytes : blockBytes
      const fileSystem = mountAbove(disk, place.path) ? 'memory' : 'disk'
      return { kind, mode, uid, gid, sizeBytes, fileSystem }
    },
    setAttributes(place, attributes) {
      if (place.readonly) throw new FileError('Read-only file system')
      const node = disk.locate(place.path, true)?.node
      if (node) Object.assign(node, attributes)
    },
  }
}

function fileAt(disk: MemoryDisk, path: string): FileNode | undefined {
  const node = disk.locate(path, true)?.node
  if (node?.kind === 'directory') return undefined
  return node?.kind === 'file' ? node : undefined
}

/** Who makes something, and what is used of the volume where it is made. */
interface Making {
  readonly usage: VolumeUsage
  readonly user: ProcessUser
}

function makeFile(disk: MemoryDisk, { path }: VolumePlace, making: Making): FileNode {
  if (disk.kindOf(path) === 'directory') throw new FileError('Is a directory')
  const { usage, user } = making
  const above = makeDirectories(disk, dirname(path), making)
  assertMayChange(above, user)
  if (usage.inodes >= containerLimit.files) throw noSpace()
  usage.inodes++
  return Object.assign(disk.ensureFile(path, 0o644), madeBy(user, 0o644, above))
}

/** Makes the directories that are missing on the way to a path, itself included, and gives the last. */
function makeDirectories(disk: MemoryDisk, path: string, { usage, user }: Making): DirectoryNode {
  const missing: string[] = []
  let at = path
  while (disk.kindOf(at) === undefined && at !== '/') {
    missing.push(at)
    at = dirname(at)
  }
  if (disk.kindOf(at) === 'file') throw new FileError('Not a directory')
  if (usage.inodes + missing.length > containerLimit.files) throw noSpace()
  let above = disk.ensureDirectory(at, 0o755)
  if (missing.length > 0) assertMayChange(above, user)
  usage.inodes += missing.length
  usage.bytes += missing.length * blockBytes
  for (const each of missing.reverse()) {
    const made = madeBy(user, 0o755 | (above.mode & setGroupId), above)
    above = Object.assign(disk.ensureDirectory(each, made.mode), made)
  }
  return above
}

/** Directories hand it on to those that are made in them. */
const setGroupId = 0o2000

/** @throws FileError where the mount is read-only */
function writableUsage(disk: MemoryDisk, { root, readonly }: VolumePlace): VolumeUsage {
  if (readonly) throw new FileError('Read-only file system')
  const mount = mountAbove(disk, root)
  const node = mount ?? disk.locate(root, true)?.node ?? disk.root
  const known = usages.get(node)
  if (known) return known
  const limitBytes = Math.min(mount?.mount?.sizeBytes ?? containerLimit.bytes, containerLimit.bytes)
  // A path of the node itself has files of others; only what containers add there counts.
  const isOwn = mount !== undefined || root.includes('/pods/')
  const { bytes, inodes } = isOwn ? usageBelow(node) : { bytes: 0, inodes: 0 }
  const usage = { bytes, inodes, limitBytes }
  usages.set(node, usage)
  return usage
}

function blocks(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytes) * blockBytes
}
