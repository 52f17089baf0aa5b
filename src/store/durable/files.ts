import { open, readdir, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The names in a directory in order; none when there is no such directory. */
export async function directoryNames(directory: string): Promise<readonly string[]> {
  return (await ifPresent(readdir(directory)))?.toSorted() ?? []
}

/** The content of a file, or undefined when there is none. */
export function readIfPresent(path: string): Promise<Buffer | undefined> {
  return ifPresent(readFile(path))
}

/** Replaces a file as a whole: after a crash the old content or the new one is there, on disk. */
export async function writeDurably(path: string, content: Buffer): Promise<void> {
  const draft = `${path}${draftEnding}`
  {
    await using file = await open(draft, 'w', 0o600)
    await file.writeFile(content)
    await file.sync()
  }
  await rename(draft, path)
  await syncDirectory(dirname(path))
}

/** The ending of what `writeDurably` has not finished. */
export const draftEnding = '.new'

/** Makes the names in a directory durable; its files are so by themselves. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r')
  await handle.sync()
}

async function ifPresent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
