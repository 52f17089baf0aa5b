import { HostError } from '#host'
import type { DirectoryNode, Inode } from './inode.ts'
import type { MemoryDisk } from './memory-disk.ts'

export interface DiskUsage {
  readonly bytes: number
  readonly inodes: number
}

/** What a file system gives out at a time. */
export const blockBytes = 4096

/** Blocks and inodes below a directory or file; what is mounted inside is not counted. */
export function usageBelow(start: Inode): DiskUsage {
  const seen = new Set<Inode>()
  let bytes = 0
  const visit = (node: Inode) => {
    if (seen.has(node)) return
    if (node !== start && node.kind === 'directory' && node.mount) return
    seen.add(node)
    if (node.kind === 'file') bytes += Math.ceil(node.sizeBytes / blockBytes) * blockBytes
    if (node.kind !== 'directory') return
    bytes += blockBytes
    for (const child of node.entries.values()) visit(child)
  }
  visit(start)
  return { bytes, inodes: seen.size }
}

/** The use of the whole disk, measured again only when something has changed. */
export function measuredDisk(disk: MemoryDisk): () => DiskUsage {
  let measured: { readonly version: number; readonly usage: DiskUsage } | undefined
  return () => {
    const { version } = disk
    if (measured?.version !== version) measured = { version, usage: usageBelow(disk.root) }
    return measured.usage
  }
}

export function nodeAt(disk: MemoryDisk, path: string): Inode {
  const node = disk.locate(path, true)?.node
  if (node === undefined) {
    throw new HostError('NotFound', `lstat ${path}: no such file or directory`)
  }
  return node
}

/** As `mountAbove`, which is looked for again only when the disk has changed. */
export function mountsOf(disk: MemoryDisk): (path: string) => DirectoryNode | undefined {
  const found = new Map<string, DirectoryNode | undefined>()
  let version: number | undefined
  return (path) => {
    if (version !== disk.version) {
      found.clear()
      version = disk.version
    }
    if (!found.has(path)) found.set(path, mountAbove(disk, path))
    return found.get(path)
  }
}

/** The deepest mount above a path; `undefined` when it is on the disk itself. */
export function mountAbove(disk: MemoryDisk, path: string): DirectoryNode | undefined {
  let found: DirectoryNode | undefined
  const steps = path.split('/').filter(Boolean)
  for (let count = 1; count <= steps.length; count++) {
    const node = disk.locate(`/${steps.slice(0, count).join('/')}`, true)?.node
    if (node?.kind === 'directory' && node.mount) found = node
  }
  return found
}
