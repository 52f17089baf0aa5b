import { HostError, type VolumeFile } from '#host'
import { contentOf, type DirectoryNode } from './inode.ts'
import type { MemoryDisk } from './memory-disk.ts'

const dataLink = '..data'

/**
 * Makes a directory show exactly `files` in the layout of upstream's atomic writer: a time-stamped
 * directory, the `..data` link to it, and links for users through `..data`. Synchronous, therefore
 * one step for every reader. Unchanged content is left alone.
 */
export function projectFiles(
  disk: MemoryDisk,
  directory: string,
  files: readonly VolumeFile[],
  wallMs: number,
): void {
  for (const file of files) checkPath(file.path)
  const visible = new Set(files.map(({ path }) => path.split('/')[0] ?? path))
  const root = disk.ensureDirectory(directory, 0o777)
  if (!isUnchanged(disk, directory, files)) {
    const fresh = `${timestampPrefix(wallMs)}${disk.make.nextId}`
    disk.ensureDirectory(`${directory}/${fresh}`, 0o755)
    for (const file of files) writePayload(disk, `${directory}/${fresh}/${file.path}`, file)
    disk.place(`${directory}/${dataLink}`, disk.make.link(fresh))
    for (const name of [...root.entries.keys()]) {
      if (name !== dataLink && name !== fresh && !visible.has(name)) {
        disk.unlink(`${directory}/${name}`)
      }
    }
  }
  for (const name of visible) {
    if (!root.entries.has(name)) {
      disk.place(`${directory}/${name}`, disk.make.link(`${dataLink}/${name}`))
    }
  }
}

function checkPath(path: string): void {
  const steps = path.split('/')
  if (path === '' || path.startsWith('/') || steps.includes('..') || steps[0]?.startsWith('..')) {
    throw new HostError('Invalid', `invalid path: ${JSON.stringify(path)} leaves the volume`)
  }
}

/** `..2006_01_02_15_04_05.` in UTC. */
function timestampPrefix(wallMs: number): string {
  const instant = new Date(wallMs).toISOString().slice(0, 19)
  return `..${instant.replace(/[-T:]/g, '_')}.`
}

function writePayload(disk: MemoryDisk, path: string, { bytes, mode, uid }: VolumeFile): void {
  const file = disk.ensureFile(path, mode)
  disk.setContent(file, bytes)
  if (uid !== undefined) file.uid = uid
}

/** Content and modes decide; a group's extra bits from an earlier write do not count. */
function isUnchanged(disk: MemoryDisk, directory: string, files: readonly VolumeFile[]): boolean {
  const payload = disk.locate(`${directory}/${dataLink}`, true)?.node
  if (payload?.kind !== 'directory' || countFiles(payload) !== files.length) return false
  return files.every(({ path, bytes, mode }) => {
    const node = disk.locate(`${directory}/${dataLink}/${path}`, true)?.node
    if (node?.kind !== 'file' || (node.mode & mode) !== mode) return false
    return Buffer.compare(contentOf(node), bytes) === 0
  })
}

function countFiles(directory: DirectoryNode): number {
  let count = 0
  for (const node of directory.entries.values()) {
    count += node.kind === 'directory' ? countFiles(node) : 1
  }
  return count
}
