import { createReadStream, createWriteStream } from 'node:fs'
import {
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Clock } from '#lib'
import { HostError } from '../model/error.ts'
import type { HostFiles } from '../model/files.ts'
import { fileStatus } from './file-status.ts'
import { openReadable } from './readable-file.ts'
import { hostIo, isErrno, unlessMissing } from './system/errors.ts'

/** `HostFiles` on the machine's own filesystems. */
export function linuxFiles(clock: Clock): HostFiles {
  const guarded = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted()
    return hostIo(work)
  }
  return {
    open: (path, signal) => guarded(signal, () => openReadable(path, clock)),
    read: (path, maxBytes, signal) => guarded(signal, () => readWhole(path, maxBytes)),
    readTail: (path, maxBytes, signal) => guarded(signal, () => readTail(path, maxBytes)),
    write: (path, bytes, mode, signal) => guarded(signal, () => replaceFile(path, bytes, mode)),
    touch: (path, mode, signal) => guarded(signal, () => touchFile(path, mode)),
    rewrite: (path, bytes, mode, signal) => guarded(signal, () => rewrite(path, bytes, mode)),
    status: (path, signal) =>
      guarded(signal, () => unlessMissing(async () => fileStatus(await lstat(path)))),
    list: (path, signal) =>
      guarded(signal, () => unlessMissing(async () => (await readdir(path)).sort())),
    makeDirectory: (path, mode, signal) => guarded(signal, () => makeDirectory(path, mode)),
    rename: (from, to, signal) => guarded(signal, () => rename(from, to)),
    compress: (from, to, signal) =>
      guarded(signal, () =>
        pipeline(createReadStream(from), createGzip(), createWriteStream(to), { signal }),
      ),
    link: (target, path, signal) => guarded(signal, () => replaceLink(target, path)),
    remove: (path, signal) => guarded(signal, () => rm(path, { recursive: true, force: true })),
  }
}

/** Makes a directory and its parents; the mode holds whatever the process's mask is. */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  await using handle = await open(path, 'r')
  await handle.chmod(mode)
}

async function readWhole(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const handle = await unlessMissing(() => open(path, 'r'))
  if (handle === undefined) return undefined
  await using file = handle
  // One byte more than allowed tells "too long" from "just fits", also where sizes are not told.
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of file.createReadStream({ end: maxBytes, autoClose: false })) {
    chunks.push(chunk as Uint8Array)
    total += (chunk as Uint8Array).length
  }
  if (total > maxBytes)
    throw new HostError('Invalid', `read ${path}: longer than ${maxBytes} bytes`)
  return Buffer.concat(chunks)
}

async function readTail(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const handle = await unlessMissing(() => open(path, 'r'))
  if (handle === undefined) return undefined
  await using file = handle
  const { size } = await file.stat()
  const length = Math.min(size, maxBytes)
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, size - length)
  return buffer.subarray(0, bytesRead)
}

/** A reader sees the old content or the new; a crash leaves one of the two. */
async function replaceFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await makeDirectory(dirname(path), 0o755)
  const temporary = `${path}.tmp-${process.pid}`
  {
    await using file = await open(temporary, 'w', mode)
    await file.chmod(mode)
    await file.writeFile(bytes)
    await file.sync()
  }
  await rename(temporary, path)
}

/** Makes an empty file, or leaves the one that is there; the mode is set in either case. */
export async function touchFile(path: string, mode: number): Promise<void> {
  await makeDirectory(dirname(path), 0o755)
  await using file = await open(path, 'a', mode)
  await file.chmod(mode)
}

async function rewrite(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await makeDirectory(dirname(path), 0o755)
  await writeFile(path, bytes, { mode })
  await using file = await open(path, 'r')
  await file.chmod(mode)
}

async function replaceLink(target: string, path: string): Promise<void> {
  await makeDirectory(dirname(path), 0o755)
  try {
    await symlink(target, path)
  } catch (error) {
    if (!isErrno(error) || error.code !== 'EEXIST') throw error
    if (!(await lstat(path)).isSymbolicLink()) throw error
    await unlink(path)
    await symlink(target, path)
  }
}
