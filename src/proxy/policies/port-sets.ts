import type { Protocol } from '#network'
import type { PeerSets } from './peer-sets.ts'
import type { PodFacts } from './pod-facts.ts'

/** Keeps the sets of all pods that have a port of one name, by which rules may name it. */
export interface PortSets {
  /** Uses a set by its name; each use is to be released. */
  acquire(set: string): void
  movePod(before: PodFacts | undefined, after: PodFacts | undefined): void
}

export function createPortSets(sets: PeerSets, pods: { all(): Iterable<PodFacts> }): PortSets {
  const move = (set: string, pod: PodFacts, isThere: boolean) => {
    const group = sets.get(set)
    if (group === undefined) return
    const sockets = isThere ? socketsOf(pod, set) : []
    sets.put(group, pod.key, sockets.length > 0 ? sockets : undefined)
  }
  return {
    acquire: (id) =>
      sets.acquire(id, () => {
        sets.add({ id, kind: 'sockets', members: new Map(), dispose: () => {} })
        for (const pod of pods.all()) move(id, pod, true)
      }),
    movePod: (before, after) => {
      const gone = new Set(before?.ports.map(portSetName))
      const now = new Set(after?.ports.map(portSetName))
      for (const set of gone) if (before && !now.has(set)) move(set, before, false)
      for (const set of now) if (after) move(set, after, true)
    },
  }
}

/** The name of the set of all pods that have a port of a name. */
export const portSetName = ({
  protocol,
  name,
}: {
  readonly protocol: Protocol
  readonly name: string
}) => `${protocol} ${name}`

/** A pod may have several ports of a name, in different containers: all of them count. */
function socketsOf({ ips, ports }: PodFacts, set: string): readonly string[] {
  const own = ports.filter((port) => portSetName(port) === set)
  return own.flatMap(({ port }) => ips.map((ip) => `${ip} ${port}`))
}
