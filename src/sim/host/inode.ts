import type { Clock } from '#lib'

interface Attributes {
  readonly id: number
  mode: number
  uid: number
  gid: number
  modifiedMs: number
}

/** `bytes` may be longer than the file: it grows by doubling, so that appending stays cheap. */
export interface FileNode extends Attributes {
  readonly kind: 'file'
  bytes: Uint8Array
  sizeBytes: number
  /** Called on every change of the content or of a name of this file. */
  watchers: Set<() => void> | undefined
}

export interface DirectoryNode extends Attributes {
  readonly kind: 'directory'
  readonly entries: Map<string, Inode>
  /** Set where a filesystem in memory is mounted. */
  mount: MemoryMount | undefined
}

export interface LinkNode extends Attributes {
  readonly kind: 'link'
  readonly target: string
}

export type Inode = FileNode | DirectoryNode | LinkNode

interface MemoryMount {
  readonly sizeBytes: number | undefined
}

/** Makes inodes with numbers that never repeat on this disk. */
export interface InodeFactory {
  file(mode: number): FileNode
  directory(mode: number): DirectoryNode
  link(target: string): LinkNode
  /** The number that the next inode gets. */
  readonly nextId: number
}

export function inodeFactory(clock: Clock, firstId: number): InodeFactory {
  let nextId = firstId
  const attributes = (mode: number): Attributes => ({
    id: nextId++,
    mode,
    uid: 0,
    gid: 0,
    modifiedMs: clock.wallMs(),
  })
  return {
    file: (mode) => ({
      kind: 'file',
      ...attributes(mode),
      bytes: new Uint8Array(),
      sizeBytes: 0,
      watchers: undefined,
    }),
    directory: (mode) => ({
      kind: 'directory',
      ...attributes(mode),
      entries: new Map(),
      mount: undefined,
    }),
    link: (target) => ({ kind: 'link', ...attributes(0o777), target }),
    get nextId() {
      return nextId
    },
  }
}

/** The file's content as it is now; a later change does not show in it. */
export function contentOf(file: FileNode): Uint8Array {
  return file.bytes.slice(0, file.sizeBytes)
}

/** Adds to the end of a file. */
export function appendTo(file: FileNode, bytes: Uint8Array): void {
  const sizeBytes = file.sizeBytes + bytes.length
  if (sizeBytes > file.bytes.length) {
    const grown = new Uint8Array(Math.max(sizeBytes, file.bytes.length * 2, 256))
    grown.set(file.bytes.subarray(0, file.sizeBytes))
    file.bytes = grown
  }
  file.bytes.set(bytes, file.sizeBytes)
  file.sizeBytes = sizeBytes
}

/** Calls whoever waits for a file, or for any file of a directory. */
export function stir(node: Inode, seen = new Set<Inode>()): void {
  if (seen.has(node)) return
  seen.add(node)
  if (node.kind === 'file') for (const watcher of [...(node.watchers ?? [])]) watcher()
  if (node.kind === 'directory') for (const child of node.entries.values()) stir(child, seen)
}
