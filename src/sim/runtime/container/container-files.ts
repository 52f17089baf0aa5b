import type { Mount } from '#runtime'
import type { MemoryDisk } from '../../host/memory-disk.ts'
import type { ProcessFiles } from '../../process/process.ts'
import type { ContainerRecord } from './records.ts'

const anyExecute = 0o111

/** Directories that every image has. */
const imageDirectories = ['/', '/bin', '/dev', '/etc', '/home', '/root', '/tmp', '/usr', '/var']

/** A container's files: its mounts on the node's disk, and what it wrote beside them. */
export function containerFiles(container: ContainerRecord, disk: MemoryDisk): ProcessFiles {
  const { files, directories, config } = container
  const mounted = (path: string) => onDisk(config.mounts, path)
  const isDirectory = (path: string) =>
    imageDirectories.includes(path) ||
    directories.has(path) ||
    [...files.keys(), ...directories].some((each) => each.startsWith(`${path}/`))
  const write = (path: string, text: string) => {
    const place = mounted(path)
    if (!place) files.set(path, text)
    else if (!place.readonly) disk.write(place.path, Buffer.from(text))
  }
  const read = (path: string) => {
    const place = mounted(path)
    if (!place) return files.get(path)
    const bytes = disk.read(place.path)
    return bytes && Buffer.from(bytes).toString()
  }
  return {
    read,
    write,
    append: (path, text) => write(path, (read(path) ?? '') + text),
    remove(path) {
      const place = mounted(path)
      if (place && !place.readonly) disk.unlink(place.path)
      for (const own of [...files.keys()]) if (isAtOrBelow(own, path)) files.delete(own)
      for (const own of [...directories]) if (isAtOrBelow(own, path)) directories.delete(own)
    },
    kindOf(path) {
      const place = mounted(path)
      if (place) return disk.kindOf(place.path)
      if (files.has(path)) return 'file'
      return isDirectory(path) ? 'directory' : undefined
    },
    program(path) {
      const place = mounted(path)
      if (!place) return files.has(path) ? 'executable' : 'unknown'
      const node = disk.locate(place.path, true)?.node
      if (!node) return 'missing'
      if (node.kind === 'directory') return 'directory'
      return 'mode' in node && node.mode & anyExecute ? 'executable' : 'denied'
    },
    list(path) {
      const place = mounted(path)
      const node = place && disk.locate(place.path, true)?.node
      if (node?.kind === 'directory') return [...node.entries.keys()].sort()
      const below = path === '/' ? '/' : `${path}/`
      const names = [...files.keys(), ...directories]
        .filter((each) => each.startsWith(below))
        .map((each) => each.slice(below.length).split('/')[0] ?? '')
      return [...new Set(names)].sort()
    },
    makeDirectory(path) {
      const place = mounted(path)
      if (!place) directories.add(path)
      else if (!place.readonly) disk.ensureDirectory(place.path, 0o755)
    },
  }
}

function isAtOrBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`)
}

/** Where a path of the container is on the node, when a mount has it; the innermost mount counts. */
function onDisk(
  mounts: readonly Mount[],
  path: string,
): { readonly path: string; readonly readonly: boolean } | undefined {
  const [mount] = mounts
    .filter(({ containerPath, image }) => !image && isAtOrBelow(path, containerPath))
    .toSorted((a, b) => b.containerPath.length - a.containerPath.length)
  if (!mount) return undefined
  const rest = path.slice(mount.containerPath.length)
  return { path: mount.hostPath + rest, readonly: mount.readonly }
}
