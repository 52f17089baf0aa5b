import type { FaultSpec } from '../../../generated/types/sim-v1alpha1.ts'

type Parameter = Exclude<keyof FaultSpec, 'type' | 'duration'>

interface FaultRule {
  readonly needs: readonly Parameter[]
  readonly takes?: readonly Parameter[]
  /** Happens at once and leaves nothing to heal. */
  readonly once?: true
}

/** Every fault and what it is told; upstream's words where upstream has them. */
export const faultRules = {
  /** The machine is gone with all that runs on it; healing boots it again. */
  NodeCrash: { needs: ['node'] },
  /** The kubelet does nothing; containers run on. */
  KubeletHang: { needs: ['node'] },
  /** Node and API server do not hear each other; `direction` cuts one way only. */
  NodePartition: { needs: ['node'], takes: ['direction'] },
  /** What the node watches reaches it late. */
  SlowWatch: { needs: ['node', 'delay'] },
  /** The container engine does not answer. */
  EngineDown: { needs: ['node'] },
  /** The network plugin is not ready. */
  NetworkNotReady: { needs: ['node'] },
  /** The node's name server says nothing. */
  DnsDown: { needs: ['node'] },
  /** The node's name server answers late. */
  DnsSlow: { needs: ['node', 'delay'] },
  /** Two nodes do not hear each other, and everybody else hears both. */
  LinkPartition: { needs: ['node', 'peer'] },
  /** Packets that leave the node or come to it are lost, so many of a hundred. */
  PacketLoss: { needs: ['node', 'loss'], takes: ['peer', 'namespace', 'selector'] },
  /** Every round trip of packets that leave the node or come to it takes so much longer. */
  NetworkDelay: { needs: ['node', 'delay'], takes: ['peer', 'namespace', 'selector'] },
  /** So many bits a second leave the node or come to it, and no more. */
  BandwidthLimit: { needs: ['node', 'bandwidth'], takes: ['peer', 'namespace', 'selector'] },
  /** What changes about a Service reaches the node's rules only when this ends. */
  ServiceRulesDelayed: { needs: ['node', 'service'], takes: ['namespace'] },
  RegistryDown: { needs: ['registry'] },
  RegistrySlow: { needs: ['registry'] },
  RegistryForbidden: { needs: ['registry'] },
  MemoryPressure: { needs: ['node'] },
  DiskPressure: { needs: ['node'] },
  /** A container asks for more memory than it may have: it is killed. */
  OutOfMemory: { needs: ['pod'], takes: ['namespace', 'container'], once: true },
  /** The process of a container dies. */
  ContainerCrash: { needs: ['pod'], takes: ['namespace', 'container'], once: true },
  /** The process of a container does nothing any more, whatever it is asked, until it is killed. */
  ContainerHang: { needs: ['pod'], takes: ['namespace', 'container'], once: true },
  /** The node's clock shows another time. */
  ClockSkew: { needs: ['node', 'offset'] },
} as const satisfies Readonly<Record<string, FaultRule>>

/** The kinds of faults that `spec.type` of a Fault can name. */
export type FaultType = keyof typeof faultRules

/** The kinds of faults that break a node, or a registry: those that need one to be named. */
export type FaultTypeOf<Target extends 'node' | 'registry'> = {
  [Type in FaultType]: Target extends (typeof faultRules)[Type]['needs'][number] ? Type : never
}[FaultType]

/** The rule of a type; undefined for an unknown one. */
export function faultRule(type: string): FaultRule | undefined {
  return Object.hasOwn(faultRules, type) ? faultRules[type as FaultType] : undefined
}

/** What cuts only one way: requests to the API server are lost, or its answers are. */
export const partitionDirections = ['Both', 'ToServer', 'FromServer'] as const
/** Says which way a partition cuts: both, or only requests to the server, or only its answers. */
export type PartitionDirection = (typeof partitionDirections)[number]
