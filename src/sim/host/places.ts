import type { DirectoryNode } from './inode.ts'
import { locate, type Place } from './path-walk.ts'

/** Walks through one disk, which remember where they came to: the same few files are looked at forever. */
export interface Places {
  /** As `locate` over the disk. */
  readonly locate: (path: string, followLast: boolean) => Place | undefined
  /** Told of every name that comes or goes: any walk may lead elsewhere now. */
  forget(): void
}

/** More than that are not looked at between two changes; whoever walks through all of a disk comes once. */
const maxPlaces = 1000

export function createPlaces(root: DirectoryNode): Places {
  const followed = new Map<string, Place | null>()
  const named = new Map<string, Place | null>()
  return {
    locate(path, followLast) {
      const known = followLast ? followed : named
      const place = known.get(path)
      if (place !== undefined) return place ?? undefined
      const found = locate(root, path, followLast)
      if (known.size >= maxPlaces) known.clear()
      known.set(path, found ?? null)
      return found
    },
    forget() {
      if (followed.size > 0) followed.clear()
      if (named.size > 0) named.clear()
    },
  }
}
