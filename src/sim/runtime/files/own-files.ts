import { dirname } from 'node:path'
import { byteSize, bytesOf, textFrom } from '../../process/bytes.ts'
import { FileError, noSpace } from '../../process/file-error.ts'

/** How much a disk, or a part of one, takes. */
export interface DiskLimit {
  readonly bytes: number
  readonly files: number
}

/** What one container may write outside of its volumes, and as much into each of them. */
export const containerLimit: DiskLimit = Object.freeze({ bytes: 128 * 1024 * 1024, files: 32_768 })

/** Directories that every image has. */
const imageDirectories: ReadonlySet<string> = new Set([
  '/',
  '/bin',
  '/dev',
  '/etc',
  '/home',
  '/root',
  '/tmp',
  '/usr',
  '/var',
])

/** The owner and the permissions of a file or directory. */
export interface FileAttributes {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Root's, as most files of an image are. */
const fileOfRoot: FileAttributes = { mode: 0o644, uid: 0, gid: 0 }
const directoryOfRoot: FileAttributes = { mode: 0o755, uid: 0, gid: 0 }
const everybodys: FileAttributes = { mode: 0o1777, uid: 0, gid: 0 }

interface OwnFile {
  readonly kind: 'file'
  text: string
  sizeBytes: number
}

interface OwnDirectory {
  readonly kind: 'directory'
  readonly names: Set<string>
}

/** What a container's files are saved as. */
export interface SavedFiles {
  readonly files: readonly (readonly [path: string, text: string])[]
  readonly directories: readonly string[]
  /** Files of the image that are there no more. */
  readonly removed?: readonly string[]
  /** Of those that are not as root makes them. */
  readonly attributes?: readonly (readonly [path: string, attributes: FileAttributes])[]
}

/** What a container wrote outside of its mounts: its writable layer. Every directory knows what is in it. */
export class OwnFiles {
  private readonly nodes = new Map<string, OwnFile | OwnDirectory>()
  private readonly limit: DiskLimit
  private readonly attributes = new Map<string, FileAttributes>()
  private bytes = 0

  private readonly image: Map<string, string>
  private readonly removed = new Set<string>()

  constructor(
    saved: SavedFiles = { files: [], directories: [] },
    limit = containerLimit,
    image: ReadonlyMap<string, string> = new Map(),
  ) {
    this.limit = limit
    this.image = new Map(image)
    for (const path of saved.removed ?? []) this.hide(path)
    for (const path of saved.directories) this.makeDirectory(path)
    for (const [path, text] of saved.files) this.write(path, text)
    for (const [path, attributes] of saved.attributes ?? []) this.attributes.set(path, attributes)
  }

  get usedBytes(): number {
    return this.bytes
  }

  /** Files and directories. */
  get count(): number {
    return this.nodes.size
  }

  read(path: string): string | undefined {
    return this.fileAt(path)?.text ?? this.image.get(path)
  }

  /** In bytes. */
  size(path: string): number | undefined {
    const file = this.fileAt(path)
    if (file) return file.sizeBytes
    const text = this.image.get(path)
    return text === undefined ? undefined : byteSize(text)
  }

  kindOf(path: string): 'file' | 'directory' | undefined {
    const own = this.nodes.get(path)?.kind
    if (own) return own
    if (this.image.has(path)) return 'file'
    const isDirectory = imageDirectories.has(path) || this.namesInImage(path).length > 0
    return isDirectory ? 'directory' : undefined
  }

  attributesOf(path: string): FileAttributes {
    const own = this.attributes.get(path)
    if (own) return own
    if (this.kindOf(path) === 'file') return fileOfRoot
    return path === '/tmp' ? everybodys : directoryOfRoot
  }

  setAttributes(path: string, attributes: FileAttributes): void {
    if (this.kindOf(path) === undefined) throw new FileError('No such file or directory')
    this.attributes.set(path, attributes)
  }

  list(path: string): readonly string[] {
    const node = this.nodes.get(path)
    const own = node?.kind === 'directory' ? [...node.names] : []
    return [...new Set([...own, ...this.namesInImage(path)])].sort()
  }

  /** What the image has directly in a directory. */
  private namesInImage(directory: string): readonly string[] {
    const top = directory === '/' ? '/' : `${directory}/`
    const names: string[] = []
    for (const file of this.image.keys()) {
      if (file.startsWith(top)) names.push(file.slice(top.length).split('/')[0] ?? '')
    }
    return names
  }

  write(path: string, text: string): void {
    const file = this.ensureFile(path)
    this.bytes -= file.sizeBytes
    file.text = ''
    file.sizeBytes = 0
    this.add(file, text)
  }

  append(path: string, text: string): void {
    this.add(this.ensureFile(path), text)
  }

  makeDirectory(path: string): void {
    const kind = this.kindOf(path)
    if (kind === 'file') throw new FileError('File exists')
    if (kind === undefined || !this.nodes.has(path))
      this.put(path, { kind: 'directory', names: new Set() })
  }

  /** Removes what is at a path and below it. */
  remove(path: string): void {
    for (const file of this.image.keys())
      if (file === path || file.startsWith(`${path}/`)) this.hide(file)
    const pending = [path]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const node = this.nodes.get(next)
      if (!node) continue
      this.nodes.delete(next)
      this.attributes.delete(next)
      if (node.kind === 'file') this.bytes -= node.sizeBytes
      else for (const name of node.names) pending.push(join(next, name))
    }
    const parent = this.nodes.get(dirname(path))
    if (parent?.kind === 'directory') parent.names.delete(nameOf(path))
  }

  private hide(path: string): void {
    this.image.delete(path)
    this.removed.add(path)
  }

  save(): SavedFiles {
    const all = [...this.nodes]
    return {
      files: all.flatMap(([path, node]) => (node.kind === 'file' ? [[path, node.text]] : [])),
      directories: all.flatMap(([path, { kind }]) => (kind === 'directory' ? [path] : [])),
      ...(this.removed.size > 0 && { removed: [...this.removed] }),
      ...(this.attributes.size > 0 && { attributes: [...this.attributes] }),
    }
  }

  private fileAt(path: string): OwnFile | undefined {
    const node = this.nodes.get(path)
    return node?.kind === 'file' ? node : undefined
  }

  private ensureFile(path: string): OwnFile {
    const found = this.fileAt(path)
    if (found) return found
    if (this.kindOf(path) === 'directory') throw new FileError('Is a directory')
    const made: OwnFile = { kind: 'file', text: '', sizeBytes: 0 }
    this.put(path, made)
    return made
  }

  /** A full disk takes what fits. */
  private add(file: OwnFile, text: string): void {
    const size = byteSize(text)
    const room = this.limit.bytes - this.bytes
    const fits = size <= room
    file.text += fits ? text : textFrom(bytesOf(text).subarray(0, room))
    file.sizeBytes += fits ? size : room
    this.bytes += fits ? size : room
    if (!fits) throw noSpace()
  }

  /** Gives a name to a new node; the directories above it are made. */
  private put(path: string, node: OwnFile | OwnDirectory): void {
    const missing: string[] = []
    let above = dirname(path)
    while (!this.nodes.has(above)) {
      missing.push(above)
      if (above === '/') break
      above = dirname(above)
    }
    if (this.nodes.get(above)?.kind === 'file') throw new FileError('Not a directory')
    if (this.nodes.size + missing.length + 1 > this.limit.files) throw noSpace()
    for (const directory of missing.reverse())
      this.name(directory, { kind: 'directory', names: new Set() })
    this.name(path, node)
  }

  private name(path: string, node: OwnFile | OwnDirectory): void {
    if (path !== '/') {
      const parent = this.nodes.get(dirname(path))
      if (parent?.kind === 'directory') parent.names.add(nameOf(path))
    }
    this.nodes.set(path, node)
  }
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
const join = (directory: string, name: string) =>
  directory === '/' ? `/${name}` : `${directory}/${name}`
