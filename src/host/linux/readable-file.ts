import { watch } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import type { Clock } from '#lib'
import type { FileStatus, ReadableFile } from '../model/files.ts'
import { fileStatus } from './file-status.ts'
import { hostIo, unlessMissing } from './system/errors.ts'

/** Longest single read. */
const readLimitBytes = 1 << 20

/** Network filesystems and exhausted inotify limits give no events; so we also look now and then. */
const pollMs = 1000

/** Opens a file for reading; `undefined` when there is none. */
export async function openReadable(path: string, clock: Clock): Promise<ReadableFile | undefined> {
  const handle = await unlessMissing(() => open(path, 'r'))
  if (handle === undefined) return undefined
  const status = async () => fileStatus(await hostIo(() => handle.stat()))
  const { identity } = await status()
  return {
    identity,
    status,
    read: (offset, maxBytes) => readRange(handle, offset, Math.min(maxBytes, readLimitBytes)),
    changed: async (sizeBytes, signal) => {
      const differs = async () =>
        (await status()).sizeBytes !== sizeBytes || (await identityAt(path)) !== identity
      await waitForChange({ path, clock, differs }, signal)
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

async function readRange(
  handle: FileHandle,
  offset: number,
  lengthBytes: number,
): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(lengthBytes)
  const { bytesRead } = await hostIo(() => handle.read(buffer, 0, lengthBytes, offset))
  return buffer.subarray(0, bytesRead)
}

async function identityAt(path: string): Promise<string | undefined> {
  const found: FileStatus | undefined = await unlessMissing(async () =>
    fileStatus(await lstat(path)),
  )
  return found?.identity
}

interface Waiting {
  readonly path: string
  readonly clock: Clock
  readonly differs: () => Promise<boolean>
}

/** The watch stands before the first look, so a change between the two is not missed. */
async function waitForChange(waiting: Waiting, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  let stirred = Promise.withResolvers<void>()
  const stir = () => stirred.resolve()
  using watcher = watchQuietly(waiting.path, stir)
  signal.addEventListener('abort', stir, { once: true })
  try {
    while (watcher.stands && !(await waiting.differs())) {
      using _poll = waiting.clock.timer(pollMs, stir)
      await stirred.promise
      stirred = Promise.withResolvers()
      signal.throwIfAborted()
    }
  } finally {
    signal.removeEventListener('abort', stir)
  }
}

/** `stands` is false when the path is gone, which is a change already. */
function watchQuietly(path: string, stir: () => void): Disposable & { readonly stands: boolean } {
  try {
    const watcher = watch(path, { persistent: false }, stir)
    watcher.on('error', stir)
    return { stands: true, [Symbol.dispose]: () => watcher.close() }
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { stands: !gone, [Symbol.dispose]: () => {} }
  }
}
