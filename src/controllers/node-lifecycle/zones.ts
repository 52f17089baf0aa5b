import type { Node } from '#api'
import type { Stored } from '#machinery'
import { readyCondition } from './health.ts'

type ZoneState = 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption'

export interface EvictionRates {
  /** Nodes per second. */
  readonly normal: number
  readonly secondary: number
  /** The share of a zone's nodes that must be down for the zone to count as partially disrupted. */
  readonly unhealthyThreshold: number
  /** Zones of at most this many nodes do not evict at all while partially disrupted. */
  readonly largeClusterSize: number
}

export interface Zones {
  readonly states: ReadonlyMap<string, ZoneState>
  /** Nodes per second by zone. */
  readonly rates: ReadonlyMap<string, number>
  /** No zone has a ready node: then the fault is likely ours, and nothing is evicted at all. */
  readonly allDown: boolean
}

export function nodeZone({ metadata }: Stored<Node>): string {
  const labels = metadata.labels ?? {}
  const region =
    labels['topology.kubernetes.io/region'] ??
    labels['failure-domain.beta.kubernetes.io/region'] ??
    ''
  const zone =
    labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? ''
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`
}

/** How fast each zone may be evicted (upstream: ComputeZoneState, handleDisruption). */
export function judgeZones(nodes: readonly Stored<Node>[], rates: EvictionRates): Zones {
  const byZone = Map.groupBy(nodes.filter(countsForDisruption), nodeZone)
  const states = new Map([...byZone].map(([zone, members]) => [zone, stateOf(members, rates)]))
  const allDown =
    states.size > 0 && [...states.values()].every((state) => state === 'FullDisruption')
  const rateOf = ([zone, state]: [string, ZoneState]): [string, number] => {
    if (allDown) return [zone, 0]
    if (state !== 'PartialDisruption') return [zone, rates.normal]
    const size = byZone.get(zone)?.length ?? 0
    return [zone, size > rates.largeClusterSize ? rates.secondary : 0]
  }
  return { states, rates: new Map([...states].map(rateOf)), allDown }
}

function countsForDisruption({ metadata }: Stored<Node>): boolean {
  return metadata.labels?.['node.kubernetes.io/exclude-disruption'] === undefined
}

function stateOf(nodes: readonly Stored<Node>[], rates: EvictionRates): ZoneState {
  const ready = nodes.filter((node) => readyCondition(node)?.status === 'True').length
  const down = nodes.length - ready
  if (ready === 0 && down > 0) return 'FullDisruption'
  if (down > 2 && down / nodes.length >= rates.unhealthyThreshold) return 'PartialDisruption'
  return 'Normal'
}
