import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#lib'
import { isErrno, unlessMissing } from '../system/errors.ts'

/** How long a killed process may take to leave its cgroup. */
const removalPatienceMs = 5000
const removalRetryMs = 10

/** A control file's number; `undefined` when there is no such file, or no bound (`max`). */
export async function readNumber(directory: string, file: string): Promise<number | undefined> {
  const text = await unlessMissing(() => readFile(join(directory, file), 'utf8'))
  const value = Number(text?.trim() || Number.NaN)
  return Number.isFinite(value) ? value : undefined
}

/** A control file of `key value` lines; empty when there is no such file. */
export async function readTable(
  directory: string,
  file: string,
): Promise<ReadonlyMap<string, number>> {
  const text = (await unlessMissing(() => readFile(join(directory, file), 'utf8'))) ?? ''
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [key = '', value] = line.split(' ')
        return [key, Number(value)]
      }),
  )
}

export async function writeControl(
  directory: string,
  file: string,
  value: number | string,
): Promise<void> {
  await writeFile(join(directory, file), String(value), { flag: 'r+' })
}

export async function makeGroup(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
}

/** Names of the groups directly below; `undefined` when the group itself is missing. */
export async function childGroups(path: string): Promise<readonly string[] | undefined> {
  const entries = await unlessMissing(() => readdir(path, { withFileTypes: true }))
  return entries
    ?.filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/**
 * Kills every process of a group and of those below, then removes them all, the deepest first. The
 * kernel refuses while a killed process is still on its way out, so this waits for it.
 */
export async function removeGroup(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const children = await childGroups(path)
  if (children === undefined) return
  for (const child of children) await removeGroup(join(path, child), clock, signal)
  const deadline = clock.monotonicMs() + removalPatienceMs
  for (;;) {
    signal.throwIfAborted()
    await killMembers(path)
    if (await tryRemove(path, clock.monotonicMs() >= deadline)) return
    await clock.sleep(removalRetryMs, signal)
  }
}

async function killMembers(path: string): Promise<void> {
  const text = await unlessMissing(() => readFile(join(path, 'cgroup.procs'), 'utf8'))
  for (const pid of text?.split('\n').map(Number) ?? []) {
    // 0 is a process of another pid namespace; kill(0) would be our own group.
    if (pid > 1 && pid !== process.pid) killQuietly(pid)
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!isErrno(error) || error.code !== 'ESRCH') throw error
  }
}

/** True when the group is gone; while it is busy, false, or the error itself on the last try. */
async function tryRemove(path: string, isLast: boolean): Promise<boolean> {
  try {
    await rmdir(path)
    return true
  } catch (error) {
    if (!isErrno(error)) throw error
    if (error.code === 'ENOENT') return true
    if (error.code === 'EBUSY' && !isLast) return false
    throw error
  }
}
