import type { ContainerConfig, Mount } from '#runtime'
import type { MemoryDisk } from '../../host/memory-disk.ts'
import { FileError } from '../../process/file-error.ts'
import type { ProcessFiles } from '../../process/process.ts'
import type { OwnFiles } from './own-files.ts'
import { type VolumePlace, volumeFiles } from './volume-files.ts'

const anyExecute = 0o111

/** What a container's files are made of. */
export interface FilesOwner {
  readonly files: OwnFiles
  readonly config: ContainerConfig
}

/** A container's files: its mounts on the node's disk, and what it wrote beside them. */
export function containerFiles(container: FilesOwner, disk: MemoryDisk): ProcessFiles {
  const { config, files } = container
  const mounted = placesOf(config.mounts)
  /** Those of the image, to be changed. */
  const own = () => {
    if (config.linux.securityContext.readonlyRootfs) throw new FileError('Read-only file system')
    return files
  }
  const volumes = volumeFiles(disk)
  return {
    read: (path) => {
      const place = mounted(path)
      return place ? volumes.read(place) : files.read(path)
    },
    size: (path) => {
      const place = mounted(path)
      if (!place) return files.size(path)
      const node = disk.locate(place.path, true)?.node
      return node?.kind === 'file' ? node.sizeBytes : undefined
    },
    write: (path, text) => {
      const place = mounted(path)
      if (place) volumes.write(place, text)
      else own().write(path, text)
    },
    append: (path, text) => {
      const place = mounted(path)
      if (place) volumes.append(place, text)
      else own().append(path, text)
    },
    remove(path) {
      const place = mounted(path)
      if (place) volumes.remove(place)
      else own().remove(path)
    },
    kindOf(path) {
      const place = mounted(path)
      return place ? disk.kindOf(place.path) : files.kindOf(path)
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
      return node?.kind === 'directory' ? [...node.entries.keys()].sort() : files.list(path)
    },
    makeDirectory(path) {
      const place = mounted(path)
      if (place) volumes.makeDirectory(place)
      else own().makeDirectory(path)
    },
  }
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
