import { KnarrError } from '#lib'
import type { Fabric, NetworkStack } from '../model/fabric.ts'
import {
  type ActiveImpairment,
  type Impairment,
  type LinkPath,
  type LinkQuality,
  qualityOf,
} from './link.ts'
import type { Router } from './router.ts'

/** Which way packets are lost between two nodes. */
type LinkDirection = 'both' | 'forth' | 'back'

/** Stands for all other nodes in place of a node's name. */
export const everyNode = '*'

/** The fabric with what faults may do to it. Its names are names of nodes; a client outside has one too. */
export interface SimFabric extends Fabric {
  /** Puts a node's routing at its address, for connections that come from elsewhere. */
  attachRouter(ip: string, router: Router): Disposable
  routerAt(ip: string): Router | undefined
  /** The routing of a node by its name. */
  routerOf(node: string): Router | undefined
  /** Loses packets between two nodes: from `a` to `b` (`forth`), from `b` to `a`, or both ways. */
  cut(a: string, b: string, direction?: LinkDirection): void
  /** Ends what `cut` with the same names did; without names, all cuts. */
  heal(a?: string, b?: string): void
  /** A silent node neither receives nor answers, as one without power. */
  silence(node: string): void
  restore(node: string): void
  /** Faults that are done to the packets of a node, in the place of those before. */
  impair(node: string, impairments: readonly Impairment[]): void
  /** How packets fare on a path at this instant; undefined: well. */
  qualityOf(path: LinkPath): LinkQuality | undefined
  /** Whether packets from one node arrive at another. A connection needs both ways. */
  reachable(from: string, to: string): boolean
  /** The node that has the address, or had it last. */
  nodeOf(ip: string): string | undefined
  /** Faults as plain JSON; what is attached comes back by itself. */
  save(): SavedFabric
}

/** The faults of a fabric as plain JSON: which ways are cut, and which nodes are silent. */
export interface SavedFabric {
  readonly cuts: readonly (readonly [from: string, to: string])[]
  readonly silent: readonly string[]
}

/** Creates the fabric of a simulated cluster, with the faults that it had when it was saved. */
export function createFabric(saved?: SavedFabric): SimFabric {
  const stacks = new Map<string, NetworkStack>()
  const routers = new Map<string, Router>()
  const byNode = new Map<string, Router>()
  const nodes = new Map<string, string>()
  const cuts = new Map(saved?.cuts.map((cut) => [keyOf(...cut), cut]))
  const silent = new Set(saved?.silent)
  const impaired = new Map<string, readonly ActiveImpairment[]>()
  const impairmentsOf = (node: string) => impaired.get(node) ?? []
  const isSevered = (from: string, to: string) =>
    [
      [from, to],
      [to, from],
    ].some(([node = '', other]) =>
      impairmentsOf(node).some(({ peer, isCut: severs }) => severs && peer === other),
    )
  const isCut = (from: string, to: string) =>
    cuts.has(keyOf(from, to)) || cuts.has(keyOf(from, everyNode)) || cuts.has(keyOf(everyNode, to))
  return {
    attach: (ip, stack) => {
      const address = occupy(stacks, ip, stack)
      nodes.set(ip, stack.node)
      return address
    },
    at: (ip) => stacks.get(ip),
    attachRouter: (ip, router) => {
      // A node that starts again takes its own address; the one before was never disposed.
      if (routers.get(ip)?.node === router.node) routers.delete(ip)
      const address = occupy(routers, ip, router)
      nodes.set(ip, router.node)
      byNode.set(router.node, router)
      return address
    },
    routerAt: (ip) => routers.get(ip),
    routerOf: (node) => byNode.get(node),
    nodeOf: (ip) => nodes.get(ip),
    cut: (a, b, direction = 'both') => {
      if (direction !== 'back') cuts.set(keyOf(a, b), [a, b])
      if (direction !== 'forth') cuts.set(keyOf(b, a), [b, a])
    },
    heal: (a, b) => {
      if (a === undefined || b === undefined) return cuts.clear()
      cuts.delete(keyOf(a, b))
      cuts.delete(keyOf(b, a))
    },
    silence: (node) => void silent.add(node),
    restore: (node) => void silent.delete(node),
    impair: (node, impairments) => {
      if (impairments.length === 0) impaired.delete(node)
      else impaired.set(node, impairments.map(activated))
    },
    qualityOf: (path) => (impaired.size === 0 ? undefined : qualityOf(path, impairmentsOf)),
    reachable: (from, to) => {
      if (silent.has(from) || silent.has(to)) return false
      if (from === to) return true
      return !(cuts.size > 0 && isCut(from, to)) && !(impaired.size > 0 && isSevered(from, to))
    },
    save: () => ({ cuts: [...cuts.values()], silent: [...silent] }),
  }
}

function activated(impairment: Impairment): ActiveImpairment {
  const { bitsPerSecond } = impairment
  if (bitsPerSecond === undefined) return impairment
  return { ...impairment, bottleneck: { bitsPerSecond, freeAtMs: 0 } }
}

const keyOf = (from: string, to: string): string => `${from} ${to}`

function occupy<T>(places: Map<string, T>, ip: string, occupant: T): Disposable {
  if (places.has(ip)) {
    throw new KnarrError('AddressInUse', `the address ${ip} is in use on the simulated network`)
  }
  places.set(ip, occupant)
  return {
    [Symbol.dispose]: () => {
      if (places.get(ip) === occupant) places.delete(ip)
    },
  }
}
