import { normalize } from 'node:path'
import { HostError, type SubPathRequest } from '#host'
import type { MemoryDisk } from './memory-disk.ts'

/**
 * Pins a path inside a volume for one container. The pin is a further name of the same inode, which
 * is what a bind mount amounts to: a link that is swapped later does not redirect it.
 */
export function pinSubPath(disk: MemoryDisk, request: SubPathRequest, pinsRoot: string): string {
  const { volume, container, mountIndex, volumePath, subPath } = request
  const fail = (what: string, cause: unknown) =>
    new HostError(
      'Invalid',
      `failed to ${what} for volumeMount ${quote(volume)} of container ${quote(container)}`,
      { cause },
    )
  const target = `${pinsRoot}/${volume}/${container}/${mountIndex}`
  const full = `${volumePath}/${subPath}`
  const isMissing = disk.locate(full, true)?.node === undefined
  if (isMissing) makeInside(disk, request, (cause) => fail('create subPath directory', cause))
  const base = disk.locate(volumePath, true)?.path ?? volumePath
  const found = disk.locate(full, true)
  if (found?.node === undefined || !isInside(base, found.path)) {
    throw fail('prepare subPath', outside(found?.path ?? full, volumePath))
  }
  disk.place(target, found.node)
  return target
}

/** Creates what is missing, one step at a time, so that no link can lead the new part outside. */
function makeInside(
  disk: MemoryDisk,
  { volumePath, subPath }: SubPathRequest,
  fail: (cause: unknown) => HostError,
): void {
  const volume = disk.locate(volumePath, true)
  const steps = normalize(subPath).split('/').filter(Boolean)
  let path = volume?.path ?? volumePath
  const base = path
  for (const step of steps) {
    const next = disk.locate(`${path}/${step}`, true)
    const leaves = step === '..' || (next !== undefined && !isInside(base, next.path))
    if (leaves) throw fail(outside(`${path}/${step}`, volumePath))
    path = next?.path ?? `${path}/${step}`
    disk.ensureDirectory(path, volume?.node?.mode ?? 0o777)
  }
}

const isInside = (base: string, path: string) => path === base || path.startsWith(`${base}/`)
const quote = (text: string): string => JSON.stringify(text)

function outside(path: string, volume: string): HostError {
  return new HostError('Invalid', `subpath ${quote(path)} not within volume path ${quote(volume)}`)
}
