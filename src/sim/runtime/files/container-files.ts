import type { ContainerConfig, LinuxResources, Mount } from '#runtime'
import type { MemoryDisk } from '../../host/memory-disk.ts'
import { FileError } from '../../process/file-error.ts'
import type { ProcessFileStatus, ProcessFiles } from '../../process/process.ts'
import { type FixedFiles, imageMounts } from './image-files.ts'
import { kernelFiles } from './kernel-files.ts'
import { layerFiles } from './layer-files.ts'
import type { FileAttributes, OwnFiles } from './own-files.ts'
import { assertMayChangeAttributes, mayDo, userOf } from './permissions.ts'
import { type VolumePlace, volumeFiles } from './volume-files.ts'

const anyExecute = 0o111
const permissions = 0o7777

/** What a container's files are made of. */
export interface FilesOwner {
  readonly files: OwnFiles
  readonly config: ContainerConfig
  readonly resources?: LinuxResources
}

/** A container's files: its mounts on the node's disk, and what it wrote beside them. */
export function containerFiles(container: FilesOwner, disk: MemoryDisk): ProcessFiles {
  const { config, files } = container
  const mounted = placesOf(config.mounts)
  const user = userOf(config)
  /** Those of the image, to be changed. */
  const isClosed = config.linux.securityContext.readonlyRootfs === true
  const images = imageMounts(config.mounts)
  const own = layerFiles(files, user, (path) => isClosed || images.has(path))
  const volumes = volumeFiles(disk, user)
  const kernel = kernelFiles(container)
  /** What nobody can change. */
  const fixed = (path: string) => images.at(path) ?? kernel
  const status = (path: string): ProcessFileStatus | undefined => {
    const place = mounted(path)
    if (place) return volumes.status(place)
    return layerStatus(files, path) ?? fixedStatus(fixed(path), path)
  }
  const change = (path: string, changed: (before: FileAttributes) => FileAttributes) => {
    const before = status(path)
    if (!before) throw new FileError('No such file or directory')
    const after = changed(before)
    assertMayChangeAttributes(before, after, user)
    const place = mounted(path)
    if (place) volumes.setAttributes(place, after)
    else own.setAttributes(path, after)
  }
  return {
    read: (path) => {
      const place = mounted(path)
      return place ? volumes.read(place) : (files.read(path) ?? fixed(path).read(path))
    },
    size: (path) => {
      const place = mounted(path)
      if (!place) return files.size(path) ?? sizeOfFixed(fixed(path), path)
      const node = disk.locate(place.path, true)?.node
      return node?.kind === 'file' ? node.sizeBytes : undefined
    },
    write: (path, text) => {
      const place = mounted(path)
      if (place) volumes.write(place, text)
      else own.write(path, text)
    },
    append: (path, text) => {
      const place = mounted(path)
      if (place) volumes.append(place, text)
      else own.append(path, text)
    },
    remove(path) {
      const place = mounted(path)
      if (place) volumes.remove(place)
      else own.remove(path)
    },
    kindOf(path) {
      const place = mounted(path)
      return place ? disk.kindOf(place.path) : (files.kindOf(path) ?? fixed(path).kindOf(path))
    },
    program(path) {
      const place = mounted(path)
      if (!place) return files.kindOf(path) === 'file' ? 'executable' : 'unknown'
      const node = disk.locate(place.path, true)?.node
      if (!node) return 'missing'
      if (node.kind === 'directory') return 'directory'
      return 'mode' in node && node.mode & anyExecute ? 'executable' : 'denied'
    },
    list(path) {
      const place = mounted(path)
      const node = place && disk.locate(place.path, true)?.node
      if (node?.kind === 'directory') return [...node.entries.keys()].sort()
      return place ? [] : [...new Set([...files.list(path), ...fixed(path).list(path)])].sort()
    },
    makeDirectory(path) {
      const place = mounted(path)
      if (place) volumes.makeDirectory(place)
      else own.makeDirectory(path)
    },
    status,
    isReadable(path) {
      const found = status(path)
      return found === undefined || mayDo('read', found, user)
    },
    setMode: (path, mode) =>
      change(path, ({ uid, gid }) => ({ mode: mode & permissions, uid, gid })),
    setOwner: (path, owner) => change(path, ({ mode, uid, gid }) => ({ mode, uid, gid, ...owner })),
  }
}

/** What the kernel shows has no size of its own, but what is in it. */
function sizeOfFixed(fixed: FixedFiles, path: string): number | undefined {
  const text = fixed.read(path)
  return text === undefined ? undefined : Buffer.byteLength(text)
}

function fixedStatus(fixed: FixedFiles, path: string): ProcessFileStatus | undefined {
  const kind = fixed.kindOf(path)
  const sizeBytes = sizeOfFixed(fixed, path) ?? 0
  const mode = kind === 'directory' ? 0o555 : 0o444
  return kind && { kind, mode, uid: 0, gid: 0, sizeBytes, fileSystem: 'overlay' }
}

function layerStatus(files: OwnFiles, path: string): ProcessFileStatus | undefined {
  const kind = files.kindOf(path)
  if (kind === undefined) return undefined
  const { mode, uid, gid } = files.attributesOf(path)
  const sizeBytes = files.size(path) ?? 4096
  return { kind, mode, uid, gid, sizeBytes, fileSystem: 'overlay' }
}

/** Where a path of the container is on the node, when a mount has it; the innermost mount counts. */
function placesOf(mounts: readonly Mount[]): (path: string) => VolumePlace | undefined {
  const innermostFirst = mounts
    .filter(({ image }) => !image)
    .toSorted((a, b) => b.containerPath.length - a.containerPath.length)
  return (path) => {
    const mount = innermostFirst.find(({ containerPath }) => isAtOrBelow(path, containerPath))
    if (!mount) return undefined
    const rest = path.slice(mount.containerPath.length)
    return { path: mount.hostPath + rest, readonly: mount.readonly, root: mount.hostPath }
  }
}

function isAtOrBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`)
}
