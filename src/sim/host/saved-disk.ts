import { invariant } from '#lib'
import type { DirectoryNode, Inode } from './inode.ts'

interface SavedAttributes {
  readonly id: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly modifiedMs: number
}

type SavedInode = SavedAttributes &
  (
    | { readonly kind: 'file'; readonly base64: string }
    | { readonly kind: 'link'; readonly target: string }
    | {
        readonly kind: 'directory'
        readonly entries: readonly (readonly [name: string, id: number])[]
        readonly mount?: { readonly sizeBytes?: number }
      }
  )

/** The state of a disk as plain JSON: the first inode is the root, and bytes are in base64. */
export interface SavedDisk {
  readonly nextId: number
  readonly inodes: readonly SavedInode[]
}

export function saveInodes(root: DirectoryNode, nextId: number): SavedDisk {
  const found = new Set<Inode>()
  const visit = (node: Inode) => {
    if (found.has(node)) return
    found.add(node)
    if (node.kind === 'directory') for (const child of node.entries.values()) visit(child)
  }
  visit(root)
  return { nextId, inodes: [...found].map(savedInode) }
}

function savedInode(node: Inode): SavedInode {
  const { id, mode, uid, gid, modifiedMs } = node
  const attributes = { id, mode, uid, gid, modifiedMs }
  if (node.kind === 'link') return { ...attributes, kind: 'link', target: node.target }
  if (node.kind === 'file') {
    const content = Buffer.from(node.bytes.buffer, node.bytes.byteOffset, node.sizeBytes)
    return { ...attributes, kind: 'file', base64: content.toString('base64') }
  }
  const entries = Array.from(node.entries, ([name, child]) => [name, child.id] as const)
  const sizeBytes = node.mount?.sizeBytes
  const mount = node.mount && { mount: sizeBytes === undefined ? {} : { sizeBytes } }
  return { ...attributes, kind: 'directory', entries, ...mount }
}

/** The root of a saved disk, with everything below it. */
export function loadInodes(saved: SavedDisk): DirectoryNode {
  const byId = new Map(saved.inodes.map((inode) => [inode.id, loadedInode(inode)]))
  for (const inode of saved.inodes) {
    const node = byId.get(inode.id)
    if (inode.kind !== 'directory' || node?.kind !== 'directory') continue
    for (const [name, id] of inode.entries) {
      const child = byId.get(id)
      invariant(child, `the saved disk lacks inode ${id} (${name})`)
      node.entries.set(name, child)
    }
  }
  const root = byId.get(saved.inodes[0]?.id ?? 0)
  invariant(root?.kind === 'directory', 'a saved disk begins with its root directory')
  return root
}

function loadedInode(saved: SavedInode): Inode {
  const { id, mode, uid, gid, modifiedMs } = saved
  const attributes = { id, mode, uid, gid, modifiedMs }
  if (saved.kind === 'link') return { ...attributes, kind: 'link', target: saved.target }
  if (saved.kind === 'file') {
    const bytes = new Uint8Array(Buffer.from(saved.base64, 'base64'))
    return { ...attributes, kind: 'file', bytes, sizeBytes: bytes.length, watchers: undefined }
  }
  const mount = saved.mount && { sizeBytes: saved.mount.sizeBytes }
  return { ...attributes, kind: 'directory', entries: new Map(), mount }
}
