import type { PartitionDirection } from '#api'

/**
 * Everything about a node that faults decide, as one value: what should be so. Setting it again is
 * harmless, so that a controller may derive it from all faults whenever one of them changes.
 */
export interface FaultState {
  readonly crashed: boolean
  readonly hung: boolean
  readonly partition: PartitionDirection | undefined
  readonly watchDelayMs: number
  readonly engineDown: boolean
  readonly networkNotReady: boolean
  /** Its name server says nothing. */
  readonly dnsDown: boolean
  /** So much later its name server answers. */
  readonly dnsDelayMs: number
  /** What is done to packets that leave the node or come to it. */
  readonly links: readonly LinkFault[]
  /** Services (`namespace/name`) whose changes do not reach the node's rules. */
  readonly heldServices: readonly string[]
  readonly memoryPressure: boolean
  readonly diskPressure: boolean
  readonly clockOffsetMs: number
}

/** What one fault does to the packets of a node. */
export interface LinkFault {
  /** Only those between it and this node. */
  readonly peer?: string
  /** Only those of pods of this namespace, or that a label selector picks. */
  readonly namespace?: string
  readonly selector?: string
  /** The part that is lost, from 0 to 1. */
  readonly lossRate: number
  /** So much longer a round trip takes. */
  readonly delayMs: number
  readonly bitsPerSecond?: number
  /** Nothing arrives at the peer, nor from it. */
  readonly isCut?: true
}

/** The condition of a node to which no fault is done. */
export const noFaults: FaultState = Object.freeze({
  crashed: false,
  hung: false,
  partition: undefined,
  watchDelayMs: 0,
  engineDown: false,
  networkNotReady: false,
  dnsDown: false,
  dnsDelayMs: 0,
  links: Object.freeze([]),
  heldServices: Object.freeze([]),
  memoryPressure: false,
  diskPressure: false,
  clockOffsetMs: 0,
})

/** What can be done to a container: it is killed for want of memory, dies, or does nothing any more. */
export type ContainerHarm = 'outOfMemory' | 'crash' | 'hang'

/** A node that faults can be done to. */
export interface FaultyNode {
  /** The parts of a condition that this node's machine can bring about. */
  readonly supports: ReadonlySet<keyof FaultState>
  /** Brings the node into a condition; resolves when it is so. */
  become(condition: FaultState): Promise<void>
  /** Does it to a container; false when there is no such container running. */
  harm(podUid: string, container: string, how: ContainerHarm): boolean
}
