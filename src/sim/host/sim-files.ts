import { gzipSync } from 'node:zlib'
import { type FileStatus, HostError, type HostFiles, type ReadableFile } from '#host'
import { contentOf, type FileNode, type Inode, stir } from './inode.ts'
import type { MemoryDisk } from './memory-disk.ts'

/** Longest single read. */
const readLimitBytes = 1 << 20

/** `HostFiles` on a disk in memory. Nothing waits except `changed`. */
export function simFiles(disk: MemoryDisk): HostFiles {
  const fileAt = (path: string): FileNode | undefined => {
    const node = disk.locate(path, true)?.node
    if (node?.kind === 'directory') throw new HostError('Invalid', `read ${path}: is a directory`)
    return node?.kind === 'file' ? node : undefined
  }
  return {
    open: async (path, signal) => {
      signal.throwIfAborted()
      const file = fileAt(path)
      return file && openFile(disk, path, file)
    },
    read: async (path, maxBytes, signal) => {
      signal.throwIfAborted()
      const file = fileAt(path)
      if (file && file.sizeBytes > maxBytes) {
        throw new HostError('Invalid', `read ${path}: longer than ${maxBytes} bytes`)
      }
      return file && contentOf(file)
    },
    readTail: async (path, maxBytes, signal) => {
      signal.throwIfAborted()
      const file = fileAt(path)
      return file?.bytes.slice(Math.max(0, file.sizeBytes - maxBytes), file.sizeBytes)
    },
    status: async (path, signal) => {
      signal.throwIfAborted()
      const node = disk.locate(path, false)?.node
      return node && statusOf(node)
    },
    list: async (path, signal) => {
      signal.throwIfAborted()
      const node = disk.locate(path, true)?.node
      return node?.kind === 'directory' ? [...node.entries.keys()].sort() : undefined
    },
    ...changes(disk, fileAt),
  }
}

type Changes = Omit<HostFiles, 'open' | 'read' | 'readTail' | 'status' | 'list'>

function changes(disk: MemoryDisk, fileAt: (path: string) => FileNode | undefined): Changes {
  return {
    write: async (path, bytes, mode, signal) => {
      signal.throwIfAborted()
      const file = disk.make.file(mode)
      disk.setContent(file, bytes)
      disk.place(path, file)
    },
    touch: async (path, mode, signal) => {
      signal.throwIfAborted()
      disk.ensureFile(path, mode).mode = mode
    },
    rewrite: async (path, bytes, mode, signal) => {
      signal.throwIfAborted()
      const file = disk.ensureFile(path, mode)
      file.mode = mode
      disk.setContent(file, bytes)
    },
    makeDirectory: async (path, mode, signal) => {
      signal.throwIfAborted()
      disk.ensureDirectory(path, mode)
    },
    rename: async (from, to, signal) => {
      signal.throwIfAborted()
      rename(disk, from, to)
    },
    compress: async (from, to, signal) => {
      signal.throwIfAborted()
      const file = fileAt(from)
      if (file === undefined) throw missing('open', from)
      // Synchronous: work on a thread pool would end at no instant of virtual time.
      disk.setContent(disk.ensureFile(to, 0o644), gzipSync(contentOf(file)))
    },
    link: async (target, path, signal) => {
      signal.throwIfAborted()
      const found = disk.locate(path, false)?.node
      if (found && found.kind !== 'link') {
        throw new HostError('AlreadyExists', `symlink ${path}: file exists`)
      }
      disk.place(path, disk.make.link(target))
    },
    remove: async (path, signal) => {
      signal.throwIfAborted()
      disk.unlink(path)
    },
  }
}

function rename(disk: MemoryDisk, from: string, to: string): void {
  const node = disk.locate(from, false)?.node
  const target = disk.locate(to, false)
  if (node === undefined || target?.parent === undefined) throw missing('rename', from)
  if (target.node === node) return
  if (target.node?.kind === 'directory' && target.node.entries.size > 0) {
    throw new HostError('Busy', `rename ${from}: directory not empty`)
  }
  disk.unlink(from)
  disk.place(to, node)
  stir(node)
}

const missing = (operation: string, path: string) =>
  new HostError('NotFound', `${operation} ${path}: no such file or directory`)

const identityOf = (node: Inode): string => `1:${node.id}`

function statusOf(node: Inode): FileStatus {
  const { kind, modifiedMs, mode } = node
  return { kind, sizeBytes: sizeOf(node), modifiedMs, identity: identityOf(node), mode }
}

function sizeOf(node: Inode): number {
  if (node.kind === 'file') return node.sizeBytes
  return node.kind === 'link' ? node.target.length : 4096
}

function openFile(disk: MemoryDisk, path: string, file: FileNode): ReadableFile {
  return {
    identity: identityOf(file),
    status: async (signal) => {
      signal.throwIfAborted()
      return statusOf(file)
    },
    read: async (offset, maxBytes, signal) => {
      signal.throwIfAborted()
      const end = Math.min(file.sizeBytes, offset + Math.min(maxBytes, readLimitBytes))
      return file.bytes.slice(offset, Math.max(offset, end))
    },
    changed: (sizeBytes, signal) => {
      const differs = () => file.sizeBytes !== sizeBytes || disk.locate(path, true)?.node !== file
      return waitFor(file, differs, signal)
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

function waitFor(file: FileNode, holds: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    if (holds()) return resolve()
    file.watchers ??= new Set()
    const stop = () => {
      file.watchers?.delete(onChange)
      signal.removeEventListener('abort', onAbort)
    }
    const onAbort = () => {
      stop()
      reject(signal.reason)
    }
    const onChange = () => {
      if (!holds()) return
      stop()
      resolve()
    }
    file.watchers.add(onChange)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
