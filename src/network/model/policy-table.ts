import type { Protocol } from './service-table.ts'

/** Everybody of one kind whom policies let pass, kept once for all rules that name them. */
export type PeerSet =
  /** Addresses of the pods that selectors match. */
  | { readonly kind: 'addresses'; readonly members: ReadonlySet<string> }
  /** `ADDRESS PORT` of the pods that have a port of one name. */
  | { readonly kind: 'sockets'; readonly members: ReadonlySet<string> }

/** Who is at the other end: pods that are selected, or addresses of a network. */
export type PolicyPeer =
  | { readonly kind: 'pods'; readonly set: string }
  | { readonly kind: 'block'; readonly cidr: string; readonly except: readonly string[] }

/** Which ports of the receiver: numbers from first to last, or those that its pod gives a name. */
export type PolicyPort =
  | {
      readonly kind: 'range'
      readonly protocol: Protocol
      readonly first: number
      readonly last: number
    }
  | { readonly kind: 'named'; readonly protocol: Protocol; readonly set: string }

/** One rule of a policy: what has one of these peers and one of these ports may pass. */
export interface TrafficRule {
  /** Absent: everybody. */
  readonly peers?: readonly PolicyPeer[]
  /** Absent: every port of every protocol. */
  readonly ports?: readonly PolicyPort[]
}

/** What one policy lets pass. */
export interface TrafficRules {
  readonly ingress: readonly TrafficRule[]
  readonly egress: readonly TrafficRule[]
}

/** Which policies restrict a pod, by their `namespace/name`; absent where none does. */
export interface PodIsolation {
  readonly pod: string
  readonly ingress?: readonly string[]
  readonly egress?: readonly string[]
}

/**
 * What restricts the pods of one node, as plain data with every selector resolved. Parts that a change
 * leaves as they are stay the same objects, so that whoever has put one table into force looks only at
 * what is new. Policies are about addresses: a pod of two families has two.
 */
export interface PolicyTable {
  /** The restricted pods of this node, by address. */
  readonly pods: ReadonlyMap<string, PodIsolation>
  /** Those that restrict one of these pods. */
  readonly policies: ReadonlyMap<string, TrafficRules>
  /** Those that one of these policies names. */
  readonly sets: ReadonlyMap<string, PeerSet>
  /** The node's own addresses: between a pod and its node everything passes. */
  readonly nodeAddresses: readonly string[]
  /** Where pods ask for names that their node answers; policies see pods of the cluster's DNS there. */
  readonly nameServers: readonly string[]
}

/** The table of a node without policies. */
export const emptyPolicyTable: PolicyTable = Object.freeze({
  pods: new Map(),
  policies: new Map(),
  sets: new Map(),
  nodeAddresses: Object.freeze([]),
  nameServers: Object.freeze([]),
})
