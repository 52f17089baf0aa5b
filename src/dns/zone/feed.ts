import type { NamedService, Names } from './names.ts'

/** `NameFeed` is what a node knows of the cluster's names, and what changes of it. */
export interface NameFeed {
  readonly names: Names
  /** `namespace/name` of every Service that has names. */
  keys(): readonly string[]
  get(key: string): NamedService | undefined
  namespaces(): readonly string[]
  /** Calls `changed` with the key of a Service that may be another now; without one: namespaces. */
  subscribe(changed: (key: string | undefined) => void): Disposable
  /** Resolves once everything is known: an answer before would deny names that are there. */
  whenSynced(signal: AbortSignal): Promise<void>
}

/** `NameServer` is the name server of one node, which answers at an address of the node itself. */
export interface NameServer {
  readonly endpoint: { readonly ip: string; readonly port: number }
  /** Keeps it told of a feed's names until `signal` aborts; it goes on answering then. */
  serve(feed: NameFeed, signal: AbortSignal): Promise<void>
  /** Faults make it slow or silent until they are lifted. */
  disturb(disturbance: Disturbance): void
}

/** What faults do to a name server. */
export interface Disturbance {
  /** It says nothing. */
  readonly down: boolean
  /** Every answer comes so much later. */
  readonly delayMs: number
}

/** Nothing is done to a name server. */
export const undisturbed: Disturbance = Object.freeze({ down: false, delayMs: 0 })
