import type { PeerSet } from '#network'

/** A set in the making: what each pod has in it. */
export interface Group {
  readonly id: string
  readonly kind: PeerSet['kind']
  readonly members: Map<string, readonly string[]>
  /** Forgets it where pods look for their groups. */
  readonly dispose: () => void
}

/** The sets that rules name, each counted by its uses. */
export interface PeerSets {
  get(id: string): Group | undefined
  /** Uses a set, which is made when nobody does yet. */
  acquire(id: string, make: () => void): void
  release(id: string): void
  add(group: Group): void
  /** What a pod has in a set from now on; undefined: nothing. */
  put(group: Group, pod: string, members: readonly string[] | undefined): void
  /** All sets as they are now: the same map until one of them changes, and the same sets in it. */
  now(): ReadonlyMap<string, PeerSet>
}

export function createPeerSets(): PeerSets {
  const groups = new Map<string, Group>()
  const uses = new Map<string, number>()
  const changed = new Set<string>()
  let built: ReadonlyMap<string, PeerSet> = new Map()
  return {
    get: (id) => groups.get(id),
    acquire: (id, make) => {
      if (!groups.has(id)) make()
      uses.set(id, (uses.get(id) ?? 0) + 1)
    },
    release: (id) => {
      const left = (uses.get(id) ?? 0) - 1
      uses.set(id, left)
      if (left > 0) return
      uses.delete(id)
      groups.get(id)?.dispose()
      groups.delete(id)
      changed.add(id)
    },
    add: (group) => {
      groups.set(group.id, group)
      changed.add(group.id)
    },
    put: (group, pod, members) => {
      const before = group.members.get(pod)
      if (before?.join() === members?.join()) return
      if (members === undefined) group.members.delete(pod)
      else group.members.set(pod, members)
      changed.add(group.id)
    },
    now: () => {
      if (changed.size === 0) return built
      const next = new Map(built)
      for (const id of changed) {
        const group = groups.get(id)
        if (group) next.set(id, setOf(group))
        else next.delete(id)
      }
      changed.clear()
      built = next
      return built
    },
  }
}

const setOf = ({ kind, members }: Group): PeerSet => ({
  kind,
  members: new Set([...members.values()].flat()),
})
