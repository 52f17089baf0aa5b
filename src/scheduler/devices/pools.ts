import { nodeTerm, type ResourceV1, type SelectableNode } from '#api'
import type { Stored } from '#machinery'

export type Slice = Stored<ResourceV1.ResourceSlice>
type CounterSet = ResourceV1.CounterSet

/** The devices that a driver publishes together, as far as a node can reach them. */
export interface Pool {
  /** `driver/pool`. */
  readonly id: string
  readonly driver: string
  readonly name: string
  /** Whether slices of it are still to come, or what it says contradicts itself. */
  readonly state: 'usable' | 'incomplete' | 'invalid'
  /** Slices with devices that the node may reach, by name. */
  readonly slices: readonly Slice[]
  /** Other slices of the pool, whose devices take of the same counters. */
  readonly others: readonly Slice[]
  readonly counterSets: ReadonlyMap<string, CounterSet>
}

/** The slices of a cluster, by what they are looked up by. */
export interface SliceIndex {
  readonly all: readonly Slice[]
  /** Those of one node. */
  readonly onNode: ReadonlyMap<string, readonly Slice[]>
  /** Those of several nodes, or of counters. */
  readonly shared: readonly Slice[]
}

export function indexSlices(all: readonly Slice[]): SliceIndex {
  const onNode = new Map<string, Slice[]>()
  const shared: Slice[] = []
  for (const slice of all) {
    const { nodeName, sharedCounters = [] } = slice.spec
    if (!nodeName || sharedCounters.length > 0) shared.push(slice)
    else onNode.set(nodeName, [...(onNode.get(nodeName) ?? []), slice])
  }
  return { all, onNode, shared }
}

/** Whether the choice of a slice or a device admits the node. */
export function reaches(
  { nodeName, allNodes, nodeSelector }: ResourceV1.Device | ResourceV1.ResourceSliceSpec,
  node: SelectableNode,
): boolean {
  if (nodeName) return nodeName === node.name
  if (allNodes) return true
  return nodeSelector?.nodeSelectorTerms.some((term) => nodeTerm(term)(node)) ?? false
}

/**
 * The pools whose devices the node may reach, in the order in which they are tried: by driver and name, those with
 * devices that have to be waited for last. Slices of older generations count as gone.
 */
export function gatherPools(index: SliceIndex, node: SelectableNode): readonly Pool[] {
  const byPool = new Map<string, Slice[]>()
  for (const slice of [...(index.onNode.get(node.name) ?? []), ...index.shared]) {
    if (isRelevant(slice, node)) addNewest(byPool, slice)
  }
  const pools = [...byPool].flatMap(([id, slices]) => poolOf(id, slices, index.all) ?? [])
  pools.sort((a, b) => compare(a.driver, b.driver) || compare(a.name, b.name))
  return [...pools.filter((pool) => !mustWait(pool)), ...pools.filter(mustWait)]
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const poolIdOf = ({ spec }: Slice): string => `${spec.driver}/${spec.pool.name}`

function isRelevant({ spec }: Slice, node: SelectableNode): boolean {
  if ((spec.sharedCounters ?? []).length > 0) return true
  if (!spec.perDeviceNodeSelection) return reaches(spec, node)
  return (spec.devices ?? []).some((device) => reaches(device, node))
}

function addNewest(pools: Map<string, Slice[]>, slice: Slice): void {
  const id = poolIdOf(slice)
  const known = pools.get(id)
  const newest = known?.[0]?.spec.pool.generation ?? -1
  if (slice.spec.pool.generation > newest) pools.set(id, [slice])
  else if (slice.spec.pool.generation === newest) known?.push(slice)
}

/** Undefined where newer slices are there already, though none that the node could reach. */
function poolOf(id: string, slices: readonly Slice[], all: readonly Slice[]): Pool | undefined {
  const [first] = slices
  if (!first) return undefined
  const { driver, pool } = first.spec
  const empty: Pool = {
    ...{ id, driver, name: pool.name, state: 'usable' },
    ...{ slices: [], others: [], counterSets: new Map() },
  }
  if (slices.length === pool.resourceSliceCount) return filled(empty, slices, [])
  const same = all.filter((slice) => poolIdOf(slice) === id)
  if (same.some(({ spec }) => spec.pool.generation > pool.generation)) return undefined
  const current = same.filter(({ spec }) => spec.pool.generation === pool.generation)
  if (current.length !== pool.resourceSliceCount) return { ...empty, state: 'incomplete' }
  const names = new Set(slices.map(({ metadata }) => metadata.name))
  return filled(
    empty,
    slices,
    current.filter(({ metadata }) => !names.has(metadata.name)),
  )
}

function filled(pool: Pool, slices: readonly Slice[], others: readonly Slice[]): Pool {
  const sorted = slices.toSorted((a, b) => compare(a.metadata.name, b.metadata.name))
  const withDevices = sorted.filter(({ spec }) => (spec.sharedCounters ?? []).length === 0)
  const sets = sorted.flatMap(({ spec }) => spec.sharedCounters ?? [])
  const counterSets = new Map(sets.map((set) => [set.name, set]))
  const names = withDevices.flatMap(({ spec }) => (spec.devices ?? []).map(({ name }) => name))
  const isValid =
    new Set(names).size === names.length &&
    counterSets.size === sets.length &&
    [...sorted, ...others].every((slice) => countsWhatIs(slice, counterSets))
  return isValid
    ? { ...pool, slices: withDevices, others, counterSets }
    : { ...pool, state: 'invalid' }
}

function countsWhatIs({ spec }: Slice, sets: ReadonlyMap<string, CounterSet>): boolean {
  return (spec.devices ?? []).every(({ consumesCounters = [] }) =>
    consumesCounters.every(({ counterSet, counters }) => {
      const known = sets.get(counterSet)?.counters
      return known && Object.keys(counters).every((name) => Object.hasOwn(known, name))
    }),
  )
}

function mustWait({ slices }: Pool): boolean {
  return slices.some(({ spec }) =>
    (spec.devices ?? []).some(({ bindingConditions }) => bindingConditions !== undefined),
  )
}
