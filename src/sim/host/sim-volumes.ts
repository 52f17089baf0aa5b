import {
  HostError,
  type HostPathCheck,
  type HostPathType,
  type HostVolumes,
  judgeHostPath,
  madeForHostPath,
  type ScratchMedium,
  type VolumeGroup,
  type VolumeId,
} from '#host'
import type { Clock } from '#lib'
import { projectFiles } from './atomic-projection.ts'
import type { Inode } from './inode.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { pinSubPath } from './sub-path.ts'

interface VolumesPlace {
  readonly podsRoot: string
  readonly clock: Clock
  /** Has the kernel's files be there, which nobody needs who does not mount them. */
  readonly showKernel: () => void
}

/** Volumes below `podsRoot`, laid out as upstream's kubelet does. */
export function simVolumes(
  disk: MemoryDisk,
  { podsRoot, clock, showKernel }: VolumesPlace,
): HostVolumes {
  const pathOf = ({ podUid, plugin, name }: VolumeId) =>
    `${podsRoot}/${podUid}/volumes/${plugin.replaceAll('/', '~')}/${name}`
  return {
    path: pathOf,
    project: async (volume, signal) => {
      signal.throwIfAborted()
      const path = pathOf(volume)
      makeScratch(disk, path, { kind: volume.medium ?? 'disk' })
      projectFiles(disk, path, volume.files, clock.wallMs())
      if (volume.group) giveToGroup(disk, path, { ...volume.group, change: 'always' }, true)
      return path
    },
    scratch: async (volume, signal) => {
      signal.throwIfAborted()
      const path = pathOf(volume)
      makeScratch(disk, path, volume.medium)
      if (volume.group) giveToGroup(disk, path, volume.group, false)
      return path
    },
    remove: async (volume, signal) => {
      signal.throwIfAborted()
      disk.unlink(pathOf(volume))
    },
    list: async (podUid, signal) => {
      signal.throwIfAborted()
      return listVolumes(disk, `${podsRoot}/${podUid}/volumes`, podUid)
    },
    checkHostPath: async (path, type, signal) => {
      signal.throwIfAborted()
      if (path === '/' || path === '/sys' || path.startsWith('/sys/')) showKernel()
      return checkHostPath(disk, path, type)
    },
    subPath: async (request, signal) => {
      signal.throwIfAborted()
      return pinSubPath(disk, request, `${podsRoot}/${request.podUid}/volume-subpaths`)
    },
    releaseSubPaths: async (podUid, container, signal) => {
      signal.throwIfAborted()
      const root = `${podsRoot}/${podUid}/volume-subpaths`
      for (const volume of namesIn(disk, root)) disk.unlink(`${root}/${volume}/${container}`)
    },
    chown: async (path, group, readOnly, signal) => {
      signal.throwIfAborted()
      giveToGroup(disk, path, group, readOnly)
    },
    share: async () => {},
  }
}

export function namesIn(disk: MemoryDisk, path: string): readonly string[] {
  const node = disk.locate(path, true)?.node
  return node?.kind === 'directory' ? [...node.entries.keys()].sort() : []
}

function makeScratch(disk: MemoryDisk, path: string, medium: ScratchMedium): void {
  const directory = disk.ensureDirectory(path, 0o777)
  if (medium.kind === 'disk') return
  directory.mount ??= { sizeBytes: medium.kind === 'memory' ? medium.sizeBytes : undefined }
}

function listVolumes(disk: MemoryDisk, root: string, podUid: string): readonly VolumeId[] {
  return namesIn(disk, root).flatMap((directory) =>
    namesIn(disk, `${root}/${directory}`).map((name) => ({
      podUid,
      plugin: directory.replaceAll('~', '/'),
      name,
    })),
  )
}

/** Devices never exist here. */
function checkHostPath(disk: MemoryDisk, path: string, type: HostPathType): HostPathCheck {
  const made = disk.kindOf(path) === undefined ? madeForHostPath(type) : undefined
  if (made === 'directory') disk.ensureDirectory(path, 0o755)
  if (made === 'file') disk.ensureFile(path, 0o644)
  return judgeHostPath(path, type, disk.kindOf(path))
}

const setGroupId = 0o2000
const readWrite = 0o660
const readOnlyBits = 0o440
const enter = 0o110

/** As upstream's `SetVolumeOwnership`: links are re-owned, never followed. */
function giveToGroup(disk: MemoryDisk, path: string, group: VolumeGroup, readOnly: boolean): void {
  const root = disk.locate(path, true)?.node
  if (root === undefined) {
    throw new HostError('NotFound', `lstat ${path}: no such file or directory`)
  }
  const bits = readOnly ? readOnlyBits : readWrite
  const wantedMode = bits | setGroupId | enter
  const fits = root.gid === group.gid && (root.mode & wantedMode) === wantedMode
  if (group.change === 'onRootMismatch' && fits) return
  const seen = new Set<Inode>()
  const visit = (node: Inode) => {
    if (seen.has(node)) return
    seen.add(node)
    node.gid = group.gid
    if (node.kind === 'link') return
    node.mode |= node.kind === 'directory' ? wantedMode : bits
    if (node.kind === 'directory') for (const child of node.entries.values()) visit(child)
  }
  visit(root)
}
