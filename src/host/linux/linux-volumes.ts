import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#lib'
import type {
  HostVolumes,
  ProjectedVolume,
  ScratchMedium,
  ScratchVolume,
  SubPathRequest,
  VolumeGroup,
  VolumeId,
} from '../model/volumes.ts'
import { writeAtomically } from './atomic-writer.ts'
import { checkHostPath } from './host-path.ts'
import { makeDirectory } from './linux-files.ts'
import { giveToGroup } from './ownership.ts'
import { pinsOf, prepareSubPath } from './sub-path.ts'
import { hostIo, unlessMissing } from './system/errors.ts'
import { makeShared, mountAt, mountHugePages, mountTmpfs, unmountBelow } from './system/mounts.ts'

/** Volumes below `podsRoot`, laid out as upstream's kubelet does. */
export function linuxVolumes(podsRoot: string, clock: Clock): HostVolumes {
  const volumesOf = (podUid: string) => join(podsRoot, podUid, 'volumes')
  const pinsRoot = (podUid: string) => join(podsRoot, podUid, 'volume-subpaths')
  const pathOf = ({ podUid, plugin, name }: VolumeId) =>
    join(volumesOf(podUid), plugin.replaceAll('/', '~'), name)
  return {
    path: pathOf,
    project: (volume, signal) => hostIo(() => project(volume, pathOf(volume), clock, signal)),
    scratch: (volume, signal) => hostIo(() => scratch(volume, pathOf(volume), signal)),
    remove: (volume, signal) => hostIo(() => removeTree(pathOf(volume), signal)),
    list: (podUid) => hostIo(() => listVolumes(volumesOf(podUid), podUid)),
    checkHostPath: (path, type) => hostIo(() => checkHostPath(path, type)),
    subPath: async (request, signal) => {
      const target = join(pinsRoot(request.podUid), ...pinSteps(request))
      await prepareSubPath(request, target, signal)
      return target
    },
    releaseSubPaths: (podUid, container, signal) =>
      hostIo(async () => {
        for (const path of await pinsOf(pinsRoot(podUid), container)) await removeTree(path, signal)
      }),
    chown: (path, group, readOnly, signal) =>
      hostIo(() => giveToGroup(path, group, readOnly, signal)),
    share: (path, signal) => hostIo(() => makeShared(path, signal)),
  }
}

/** Unmounts what is below a path and deletes it. Never deletes into something still mounted. */
export async function removeTree(path: string, signal: AbortSignal): Promise<void> {
  await unmountBelow(path, signal)
  await rm(path, { recursive: true, force: true })
}

const pinSteps = ({ volume, container, mountIndex }: SubPathRequest) => [
  volume,
  container,
  String(mountIndex),
]

async function project(
  volume: ProjectedVolume,
  path: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const medium: ScratchMedium = { kind: volume.medium ?? 'disk' }
  await makeScratch(path, medium, signal)
  const { group } = volume
  await writeAtomically({
    directory: path,
    files: volume.files,
    wallMs: clock.wallMs(),
    // The links outside the fresh directory may be new as well, hence the whole volume.
    prepare: async () => {
      if (group) await giveToGroup(path, { ...group, change: 'always' }, true, signal)
    },
  })
  return path
}

async function scratch(volume: ScratchVolume, path: string, signal: AbortSignal): Promise<string> {
  await makeScratch(path, volume.medium, signal)
  const group: VolumeGroup | undefined = volume.group
  if (group) await giveToGroup(path, group, false, signal)
  return path
}

async function makeScratch(
  path: string,
  medium: ScratchMedium,
  signal: AbortSignal,
): Promise<void> {
  const isNew = (await unlessMissing(() => readdir(path))) === undefined
  await makeDirectory(path, 0o777)
  if (medium.kind === 'disk') {
    // A crash between mkdir and chmod would leave the process's mask in force.
    if (isNew) await chmod(path, 0o777)
    return
  }
  if ((await mountAt(path)) !== undefined) return
  if (medium.kind === 'memory') await mountTmpfs(path, medium.sizeBytes, signal)
  else await mountHugePages(path, medium.pageSizeBytes, signal)
}

async function listVolumes(root: string, podUid: string): Promise<readonly VolumeId[]> {
  const found: VolumeId[] = []
  for (const directory of ((await unlessMissing(() => readdir(root))) ?? []).sort()) {
    const plugin = directory.replaceAll('~', '/')
    const names = (await unlessMissing(() => readdir(join(root, directory)))) ?? []
    for (const name of names.sort()) found.push({ podUid, plugin, name })
  }
  return found
}
