import type { Answer } from './requests-fixture.ts'

/** Writes that the server has acknowledged, by object. */
export interface WriteLog {
  /** An object was made at a revision, counting from zero. */
  created(key: string, revision: number): void
  /** An update of what stood at one revision came to stand at another. */
  updated(key: string, from: number, to: number): void
  /** What stood at a revision was deleted. */
  deleted(key: string, from: number): void
  readonly count: number
  /** Tells what cannot be if each write saw the one before it, and nothing came in between. */
  faults(): readonly string[]
}

interface ObjectWrites {
  readonly created: Set<number>
  /** By the revision that a write was about: what it led to, or `gone`. */
  readonly next: Map<number, number | 'gone'>
}

/**
 * Compare-and-swap is linearizable where every revision of an object has at most one successor, and is
 * itself a creation or the successor of another.
 */
export function createWriteLog(): WriteLog {
  const objects = new Map<string, ObjectWrites>()
  const twice: string[] = []
  let count = 0
  const of = (key: string): ObjectWrites => {
    const found = objects.get(key) ?? { created: new Set(), next: new Map() }
    objects.set(key, found)
    count++
    return found
  }
  const follow = (key: string, from: number, to: number | 'gone') => {
    const { next } = of(key)
    if (next.has(from)) twice.push(`${key}@${from} was followed by ${next.get(from)} and by ${to}`)
    next.set(from, to)
  }
  return {
    created: (key, revision) => void of(key).created.add(revision),
    updated: follow,
    deleted: (key, from) => follow(key, from, 'gone'),
    get count() {
      return count
    },
    faults() {
      const odd = [...objects].flatMap(([key, { created, next }]) => {
        const known = new Set<number | 'gone'>([...created, ...next.values()])
        return [...next.keys()]
          .filter((from) => !known.has(from))
          .map((from) => `${key}@${from} was written over, and nobody had written it`)
      })
      return [...twice, ...odd]
    },
  }
}

/** The revision of an object that was answered with. */
export function revisionOf({ body }: Answer): number {
  return Number(body?.metadata?.resourceVersion)
}
