import { dirname } from 'node:path'
import { blockBytes, mountAbove, usageBelow } from '../../host/disk-usage.ts'
import type { FileNode, Inode } from '../../host/inode.ts'
import type { MemoryDisk } from '../../host/memory-disk.ts'
import { bytesOf, textFrom } from '../../process/bytes.ts'
import { FileError, noSpace } from '../../process/file-error.ts'
import { containerLimit } from './own-files.ts'

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
}

/** What is used of a volume, in blocks as its node counts them, and what it takes. */
interface VolumeUsage {
  bytes: number
  inodes: number
  readonly limitBytes: number
}

/** Of all volumes that somebody wrote to, by what is mounted; several containers may share one. */
const usages = new WeakMap<Inode, VolumeUsage>()

export function volumeFiles(disk: MemoryDisk): VolumeFiles {
  const put = (place: VolumePlace, text: string, isAppended: boolean) => {
    const usage = writableUsage(disk, place)
    const file = fileAt(disk, place.path) ?? makeFile(disk, place, usage)
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
      const { bytes, inodes } = usageBelow(node)
      disk.unlink(place.path)
      usage.bytes -= bytes
      usage.inodes -= inodes
    },
    makeDirectory(place) {
      const usage = writableUsage(disk, place)
      if (fileAt(disk, place.path)) throw new FileError('File exists')
      claimDirectories(disk, place.path, usage)
      disk.ensureDirectory(place.path, 0o755)
    },
  }
}

function fileAt(disk: MemoryDisk, path: string): FileNode | undefined {
  const node = disk.locate(path, true)?.node
  if (node?.kind === 'directory') return undefined
  return node?.kind === 'file' ? node : undefined
}

function makeFile(disk: MemoryDisk, { path }: VolumePlace, usage: VolumeUsage): FileNode {
  if (disk.kindOf(path) === 'directory') throw new FileError('Is a directory')
  claimDirectories(disk, dirname(path), usage)
  if (usage.inodes >= containerLimit.files) throw noSpace()
  usage.inodes++
  return disk.ensureFile(path, 0o644)
}

/** Takes what the directories need that are missing on the way to a path, itself included. */
function claimDirectories(disk: MemoryDisk, path: string, usage: VolumeUsage): void {
  let missing = 0
  let at = path
  while (disk.kindOf(at) === undefined && at !== '/') {
    missing++
    at = dirname(at)
  }
  if (disk.kindOf(at) === 'file') throw new FileError('Not a directory')
  if (usage.inodes + missing > containerLimit.files) throw noSpace()
  usage.inodes += missing
  usage.bytes += missing * blockBytes
}

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
