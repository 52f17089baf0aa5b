import type { DirectoryNode } from './inode.ts'
import { type FoundPath, locate } from './path-walk.ts'

/** A cache of path walks through one disk: the same few files are looked at again and again. */
export interface PathCache {
  /** Finds a path as `locate` over the disk does. */
  readonly locate: (path: string, followLast: boolean) => FoundPath | undefined
  /** Forgets all walks; it is called for every name that comes or goes, since any may lead elsewhere now. */
  forget(): void
}

/** More than that are not looked at between two changes; whoever walks through all of a disk comes once. */
const maxPaths = 1000

export function createPathCache(root: DirectoryNode): PathCache {
  const followed = new Map<string, FoundPath | null>()
  const named = new Map<string, FoundPath | null>()
  return {
    locate(path, followLast) {
      const known = followLast ? followed : named
      const place = known.get(path)
      if (place !== undefined) return place ?? undefined
      const found = locate(root, path, followLast)
      if (known.size >= maxPaths) known.clear()
      known.set(path, found ?? null)
      return found
    },
    forget() {
      if (followed.size > 0) followed.clear()
      if (named.size > 0) named.clear()
    },
  }
}
