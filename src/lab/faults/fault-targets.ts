import type { FaultyNode } from '#node'

/** The ways in which a registry answers. */
export type RegistryCondition = 'up' | 'down' | 'slow' | 'forbidden'

/** What faults break; a real and a simulated cluster have one each. */
export interface FaultTargets {
  node(name: string): FaultyNode | undefined
  /** The registries; undefined in a real cluster, which cannot break them. */
  readonly registries: { set(host: string, condition: RegistryCondition): void } | undefined
}

/** Notes in the event log what was done to an object, so that `why` leads back to it. */
export type NoteFault = (
  about: { readonly resource: string; readonly key: string },
  what: string,
) => void
