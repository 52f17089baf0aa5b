import { dirname } from 'node:path'
import { HostError } from '#host'
import type { Clock } from '#lib'
import type { AppendHandle, Disk } from '../model/disk.ts'
import {
  appendTo,
  contentOf,
  type DirectoryNode,
  type FileNode,
  type Inode,
  type InodeFactory,
  inodeFactory,
  stir,
} from './inode.ts'
import { createPathCache } from './path-cache.ts'
import type { FoundPath } from './path-walk.ts'
import { loadInodes, type SavedDisk, saveInodes } from './saved-disk.ts'

/** The disk of a simulated node, which the runtime writes to and of which the Host needs more. */
export interface MemoryDisk extends Disk {
  readonly root: DirectoryNode
  readonly make: InodeFactory
  /** Rises with every change; tells whether what was measured still holds. */
  readonly version: number
  /** Walks a path; links at its end are followed only when asked for. */
  locate(path: string, followLast: boolean): FoundPath | undefined
  /** The file, made with its directories when missing; a directory there is an error. */
  ensureFile(path: string, mode: number): FileNode
  ensureDirectory(path: string, mode: number): DirectoryNode
  /** Gives a name to an inode, taking it from what bore it; makes the directories. */
  place(path: string, node: Inode): void
  /** Takes the name away; what it named goes with its last name. Absent is fine. */
  unlink(path: string): void
  setContent(file: FileNode, bytes: Uint8Array): void
  /** Filesystems in memory are gone with the power; so are their mounts, by which they are known. */
  losePower(): void
  /** Everything as plain JSON. */
  save(): SavedDisk
}

/** Creates an empty disk, or one as it was saved; it keeps no reference to `saved`. */
export function createDisk(clock: Clock, saved?: SavedDisk): MemoryDisk {
  const make = inodeFactory(clock, saved?.nextId ?? 2)
  const root = saved ? loadInodes(saved) : make.directory(0o755)
  let version = 0
  const touched = (node: Inode) => {
    version++
    node.modifiedMs = clock.wallMs()
  }
  const walks = createPathCache(root)
  const { locate } = walks
  const renamed = (parent: DirectoryNode) => {
    walks.forget()
    touched(parent)
  }
  const ensureDirectory = (path: string, mode: number): DirectoryNode => {
    const found = locate(path, true)
    if (found?.node?.kind === 'directory') return found.node
    if (found?.node) throw notDirectory(path)
    const parent = found?.parent ?? ensureDirectory(dirname(path), mode)
    const made = make.directory(mode)
    // A link that leads to nothing names the directory to be made.
    parent.entries.set(found?.name ?? lastStep(path), made)
    renamed(parent)
    return made
  }
  const place = (path: string, node: Inode) => {
    const parent = ensureDirectory(dirname(path), 0o755)
    const replaced = parent.entries.get(lastStep(path))
    parent.entries.set(lastStep(path), node)
    renamed(parent)
    if (replaced && replaced !== node) stir(replaced)
  }
  const ensureFile = (path: string, mode: number): FileNode => {
    const found = locate(path, true)
    if (found?.node?.kind === 'file') return found.node
    if (found?.node) throw new HostError('Invalid', `open ${path}: is a directory`)
    const made = make.file(mode)
    place(found?.path ?? path, made)
    return made
  }
  const setContent = (file: FileNode, bytes: Uint8Array) => {
    file.bytes = bytes.slice()
    file.sizeBytes = bytes.length
    touched(file)
    stir(file)
  }
  const append = (file: FileNode, bytes: Uint8Array) => {
    appendTo(file, bytes)
    touched(file)
    stir(file)
  }
  return {
    root,
    make,
    get version() {
      return version
    },
    locate,
    ensureFile,
    ensureDirectory,
    place,
    unlink: (path) => {
      const found = locate(path, false)
      if (found?.parent === undefined || found.node === undefined) return
      found.parent.entries.delete(found.name)
      renamed(found.parent)
      stir(found.node)
    },
    setContent,
    losePower: () => {
      emptyMounts(root)
      renamed(root)
    },
    save: () => saveInodes(root, make.nextId),
    read: (path) => contentAt(locate(path, true)),
    write: (path, bytes) => setContent(ensureFile(path, 0o644), bytes),
    append: (path) => appendHandle(ensureFile(path, 0o644), append),
    kindOf: (path) => {
      const kind = locate(path, true)?.node?.kind
      return kind === 'link' ? undefined : kind
    },
  }
}

function contentAt(place: FoundPath | undefined): Uint8Array | undefined {
  return place?.node?.kind === 'file' ? contentOf(place.node) : undefined
}

function emptyMounts(directory: DirectoryNode): void {
  if (directory.mount) {
    directory.entries.clear()
    directory.mount = undefined
  }
  for (const child of directory.entries.values()) {
    if (child.kind === 'directory') emptyMounts(child)
  }
}

function appendHandle(
  file: FileNode,
  append: (file: FileNode, bytes: Uint8Array) => void,
): AppendHandle {
  let isOpen = true
  return {
    write: (bytes) => {
      if (!isOpen) throw new HostError('Invalid', 'write: file already closed')
      append(file, bytes)
    },
    close: () => {
      isOpen = false
    },
  }
}

const lastStep = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const notDirectory = (path: string) => new HostError('Invalid', `mkdir ${path}: not a directory`)
