import type { FaultyNode } from '#node'

/** How a registry answers. */
export type RegistryCondition = 'up' | 'down' | 'slow' | 'forbidden'

/** What faults are done to: the same words in both worlds. */
export interface FaultWorld {
  node(name: string): FaultyNode | undefined
  /** Undefined where registries are real and nobody's to break. */
  readonly registries: { set(host: string, condition: RegistryCondition): void } | undefined
}

/** Writes into the event log what was done to a node, so that causes lead back to it. */
export type NoteFault = (node: string, what: string) => void
