import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, normalize, relative } from 'node:path'
import { HostError } from '../model/error.ts'
import type { SubPathRequest } from '../model/volumes.ts'
import { makeDirectory, touchFile } from './linux-files.ts'
import { unlessMissing } from './system/errors.ts'
import { bindMount, mountAt, unmountBelow } from './system/mounts.ts'

/** O_PATH: names a file without opening it; Node has no constant for it. */
const namesOnly = 0o10000000
const withoutFollowing = namesOnly | constants.O_NOFOLLOW

/**
 * Pins a path inside a volume for one container (upstream's `PrepareSafeSubpath`): links are
 * resolved once, the result is walked again step by step without following any, and the file that
 * was reached is bind-mounted by its descriptor. A container that swaps a directory for a link
 * meanwhile gains nothing.
 */
export async function prepareSubPath(
  request: SubPathRequest,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const where = `volumeMount ${quote(request.volume)} of container ${quote(request.container)}`
  const fail = (what: string) => (cause: unknown) => {
    throw new HostError('Invalid', `failed to ${what} for ${where}`, { cause })
  }
  const full = join(request.volumePath, request.subPath)
  if ((await unlessMissing(() => stat(full))) === undefined) {
    await makeInside(request).catch(fail('create subPath directory'))
  }
  await pin(request, target, signal).catch(fail('prepare subPath'))
}

/** Every pin below a pod's `volume-subpaths` that belongs to a container: `VOLUME/CONTAINER`. */
export async function pinsOf(root: string, container: string): Promise<readonly string[]> {
  const volumes = (await unlessMissing(() => readdir(root))) ?? []
  return volumes.map((volume) => join(root, volume, container))
}

async function pin(request: SubPathRequest, target: string, signal: AbortSignal): Promise<void> {
  const base = await realpath(request.volumePath)
  const found = await realpath(join(base, request.subPath))
  await using source = await openInside(base, stepsInside(base, found, request))
  const stats = await source.stat()
  if (await isSameFile(target, `${stats.dev}:${stats.ino}`)) return
  await unmountBelow(target, signal)
  if (stats.isDirectory()) await makeDirectory(target, 0o750)
  else await makeFileTarget(target)
  await bindMount(`/proc/${process.pid}/fd/${source.fd}`, target, signal)
}

async function makeFileTarget(target: string): Promise<void> {
  await makeDirectory(dirname(target), 0o750)
  await touchFile(target, 0o640)
}

async function isSameFile(target: string, identity: string): Promise<boolean> {
  if ((await mountAt(target)) === undefined) return false
  const stats = await lstat(target)
  return `${stats.dev}:${stats.ino}` === identity
}

/** Creates what is missing of a subPath, with the volume's own mode. */
async function makeInside(request: SubPathRequest): Promise<void> {
  const base = await realpath(request.volumePath)
  const mode = (await stat(base)).mode & 0o7777
  const { existing, missing } = await splitExisting(base, request)
  let parent = await openInside(base, stepsInside(base, existing, request))
  try {
    for (const step of missing) {
      const path = `/proc/self/fd/${parent.fd}/${step}`
      await mkdir(path, { mode })
      const child = await open(path, withoutFollowing)
      await parent.close()
      parent = child
      // Neither the process's mask nor the set-group-id bit's loss may change the mode.
      await using writable = await open(`/proc/self/fd/${child.fd}`, 'r')
      await writable.chmod(mode)
    }
  } finally {
    await parent.close()
  }
}

async function splitExisting(
  base: string,
  request: SubPathRequest,
): Promise<{ existing: string; missing: readonly string[] }> {
  const steps = normalize(request.subPath).split('/').filter(Boolean)
  if (steps.includes('..')) throw outside(join(base, request.subPath), base)
  let existing = base
  for (const [index, step] of steps.entries()) {
    const next = await unlessMissing(() => realpath(join(existing, step)))
    if (next === undefined) return { existing, missing: steps.slice(index) }
    existing = next
  }
  return { existing, missing: [] }
}

function stepsInside(base: string, path: string, request: SubPathRequest): readonly string[] {
  const inside = relative(base, path)
  if (inside === '..' || inside.startsWith('../')) throw outside(path, request.volumePath)
  return inside.split('/').filter(Boolean)
}

/** Walks down one real step at a time; a link on the way means that somebody is changing the tree. */
async function openInside(base: string, steps: readonly string[]): Promise<FileHandle> {
  let handle = await open(base, withoutFollowing)
  for (const step of steps) {
    const next = await open(`/proc/self/fd/${handle.fd}/${step}`, withoutFollowing).finally(() =>
      handle.close(),
    )
    if ((await next.stat()).isSymbolicLink()) {
      await next.close()
      throw new HostError('Invalid', `unexpected symlink found ${step}`)
    }
    handle = next
  }
  return handle
}

function outside(path: string, volume: string): HostError {
  return new HostError('Invalid', `subpath ${quote(path)} not within volume path ${quote(volume)}`)
}

const quote = (text: string): string => JSON.stringify(text)
