import { invariant, type Random, randomInt } from '#lib'
import { createRejections, type FitError, type WritableRejections } from './framework/fit-error.ts'
import {
  type Cycle,
  type NodeFilter,
  type Plugin,
  type PluginRejection,
  type PostFilterResult,
  type PreFilterResult,
  type Reserve,
  unchanged,
  unresolvable,
} from './framework/plugin.ts'
import { type NodeInfo, withPod } from './model/node-info.ts'
import { commonNames } from './model/node-selector.ts'
import type { PodInfo } from './model/pod-info.ts'
import type { ExtensionPoint, PointStatus } from './scheduler-metrics.ts'

/** What one scheduling cycle decides from: the pod, a snapshot of the cluster, the plugins, the time. */
export interface ScheduleInput extends Cycle {
  readonly plugins: readonly Plugin[]
  readonly random: Random
  /** Where the search for nodes starts, so that each has the same chance over many cycles. */
  readonly startIndex: number
  /** 0: by the size of the cluster. */
  readonly percentageOfNodesToScore: number
  /** Does the work of all plugins of an extension point, and takes note of it; default: without a note. */
  readonly timed?: PointTimer
}

/** Does the work of an extension point; its status is told of what comes of it. */
export type PointTimer = <T>(
  point: ExtensionPoint,
  work: () => T,
  statusOf?: (result: T) => PointStatus,
) => T

const untimed: PointTimer = (_point, work) => work()

type PostFilterWrite = NonNullable<Extract<PostFilterResult, { kind: 'reject' }>['write']>

/** What to do with a pod, with no choice left open. */
export type ScheduleResult =
  | {
      readonly kind: 'place'
      readonly node: string
      readonly nextStartIndex: number
      readonly feasible: number
      /** What plugins take for the pod on that node. */
      readonly reserves: readonly Reserve[]
    }
  | { readonly kind: 'no-nodes' }
  | {
      readonly kind: 'unfit'
      readonly error: FitError
      /** Plugins that rejected the pod: only events that concern them may help. */
      readonly rejectors: ReadonlySet<string>
      readonly nextStartIndex: number
      /** Victims to evict, and the node that they make room on. */
      readonly preemption?: { readonly node: string; readonly victims: readonly PodInfo[] }
      readonly clearNomination: boolean
      /** What plugins write that may help at the next attempt. */
      readonly writes: readonly PostFilterWrite[]
    }

/**
 * Decides where a pod goes, in one scheduling cycle: PreFilter, Filter, then PreScore, Score and
 * NormalizeScore, or PostFilter where no node fits. It is pure but for the draws from `random`.
 */
export function schedulePod(input: ScheduleInput): ScheduleResult {
  const { nodes } = input.snapshot
  if (nodes.length === 0) return { kind: 'no-nodes' }
  const { timed = untimed } = input
  const filtered = timed(
    'PreFilter',
    () => runPreFilter(input),
    ({ kind }) => (kind === 'reject' ? 'Unschedulable' : 'Success'),
  )
  if (filtered.kind === 'reject') return postFilter(input, rejectedEarly(input, filtered))
  const search = timed(
    'Filter',
    () => findFeasible(input, filtered),
    ({ feasible }) => (feasible.length === 0 ? 'Unschedulable' : 'Success'),
  )
  if (search.feasible.length === 0) return postFilter(input, search)
  return {
    kind: 'place',
    node: selectNode({ ...input, plugins: filtered.plugins }, search.feasible).name,
    nextStartIndex: search.nextStartIndex,
    feasible: search.feasible.length,
    reserves: filtered.reserves,
  }
}

interface PreFiltered {
  readonly kind: 'filter'
  /** All filters together, with the pods nominated to the node. */
  readonly filterNode: NodeFilter
  readonly onlyNodes: ReadonlySet<string> | undefined
  /** Plugins that left out nodes without a look at them. */
  readonly rejectors: ReadonlySet<string>
  readonly reserves: readonly Reserve[]
  /** The plugins, some of which score by what their filters have found. */
  readonly plugins: readonly Plugin[]
}

type PreFilterOutcome =
  | PreFiltered
  | { readonly kind: 'reject'; readonly rejection: PluginRejection }

function runPreFilter(input: ScheduleInput): PreFilterOutcome {
  const results: Filtering[] = []
  const rejectors = new Set<string>()
  let onlyNodes: ReadonlySet<string> | undefined
  for (const plugin of input.plugins) {
    const result = plugin.preFilter?.(input)
    if (!result || result.kind === 'skip') continue
    if (result.kind === 'reject') return result
    results.push({ plugin, result })
    if (!result.onlyNodes) continue
    rejectors.add(plugin.name)
    onlyNodes = onlyNodes ? commonNames(onlyNodes, result.onlyNodes) : result.onlyNodes
    if (onlyNodes.size === 0) return { kind: 'reject', rejection: disagreement(rejectors) }
  }
  const filters = results.map(({ result }) => result.filter)
  return {
    kind: 'filter',
    filterNode: withNominated(input, filters),
    ...{ onlyNodes, rejectors },
    reserves: results.flatMap(({ result }) => result.reserve ?? []),
    plugins: scoringPlugins(input.plugins, results),
  }
}

interface Filtering {
  readonly plugin: Plugin
  readonly result: PreFilterResult & { readonly kind: 'filter' }
}

/** The plugins, those that score by what their filters have found with how they do. */
function scoringPlugins(
  plugins: readonly Plugin[],
  results: readonly Filtering[],
): readonly Plugin[] {
  const own = results.filter(({ result }) => result.preScore)
  if (own.length === 0) return plugins
  return plugins.map((plugin) => {
    const preScore = own.find((each) => each.plugin === plugin)?.result.preScore
    return preScore ? { ...plugin, preScore } : plugin
  })
}

function disagreement(rejectors: ReadonlySet<string>): PluginRejection {
  const names = goNames(rejectors)
  return unresolvable(
    '',
    rejectors.size === 1
      ? `node(s) didn't satisfy plugin ${names}`
      : `node(s) didn't satisfy plugin(s) ${names} simultaneously`,
  )
}

/** A list as Go's `%v` shows it. */
function goNames(names: ReadonlySet<string>): string {
  return `[${[...names].toSorted().join(' ')}]`
}

/**
 * A node must do with the pods of at least the same priority that are nominated to it, and without
 * them: they may come, but do not count on it (for affinity, say).
 */
function withNominated({ pod, snapshot }: Cycle, filters: readonly NodeFilter[]): NodeFilter {
  const runAll: NodeFilter = (node, trial) => {
    for (const filter of filters) {
      const rejection = filter(node, trial)
      if (rejection) return rejection
    }
    return undefined
  }
  if (snapshot.nominated.size === 0) return runAll
  return (node, trial) => {
    const coming = (snapshot.nominated.get(node.name) ?? []).filter(
      (other) => other.priority >= pod.priority && other.uid !== pod.uid,
    )
    if (coming.length > 0) {
      const load = coming.reduce(withPod, node.load)
      const added = [...trial.added, ...coming]
      const rejection = runAll({ ...node, load }, { added, removed: trial.removed })
      if (rejection) return rejection
    }
    return runAll(node, trial)
  }
}

interface Search {
  readonly feasible: readonly NodeInfo[]
  readonly filterNode: NodeFilter
  readonly rejections: WritableRejections
  readonly rejectors: ReadonlySet<string>
  readonly preFilterReasons?: readonly string[]
  readonly nextStartIndex: number
}

function rejectedEarly(
  input: ScheduleInput,
  { rejection }: { readonly rejection: PluginRejection },
): Search {
  return {
    feasible: [],
    filterNode: () => rejection,
    rejections: createRejections(rejection),
    rejectors: new Set(rejection.plugin === '' ? [] : [rejection.plugin]),
    preFilterReasons: rejection.reasons,
    nextStartIndex: input.startIndex,
  }
}

function findFeasible(input: ScheduleInput, filtered: PreFiltered): Search {
  const { snapshot, pod, startIndex } = input
  const { filterNode, onlyNodes } = filtered
  const nominated = snapshot.find(pod.pod.status?.nominatedNodeName ?? '')
  const rejectors = new Set(filtered.rejectors)
  if (nominated && !filterNode(nominated, unchanged)) {
    const rejections = createRejections()
    return { feasible: [nominated], filterNode, rejections, rejectors, nextStartIndex: startIndex }
  }
  const rejections = createRejections(
    onlyNodes && unresolvable('', `node(s) didn't satisfy plugin(s) ${goNames(rejectors)}`),
  )
  const candidates = onlyNodes ? named(input, onlyNodes) : snapshot.nodes
  const wanted = nodesToFind(candidates.length, input.percentageOfNodesToScore)
  const feasible: NodeInfo[] = []
  for (let i = 0; i < candidates.length && feasible.length < wanted; i++) {
    const node = candidates[(startIndex + i) % candidates.length] as NodeInfo
    const rejection = filterNode(node, unchanged)
    if (!rejection) {
      feasible.push(node)
      continue
    }
    rejections.set(node.name, rejection)
    rejectors.add(rejection.plugin)
  }
  const processed = feasible.length + rejections.size
  const nextStartIndex = (startIndex + processed) % snapshot.nodes.length
  return { feasible, filterNode, rejections, rejectors, nextStartIndex }
}

function named({ snapshot }: Cycle, names: ReadonlySet<string>): readonly NodeInfo[] {
  return [...names]
    .toSorted()
    .map((name) => snapshot.find(name))
    .filter((node) => node !== undefined)
}

const minNodesToFind = 100
const minPercentage = 5

/** How many feasible nodes are enough to choose from (upstream: `numFeasibleNodesToFind`). */
export function nodesToFind(nodeCount: number, percentageOfNodesToScore: number): number {
  if (nodeCount < minNodesToFind) return nodeCount
  const adaptive = Math.max(minPercentage, 50 - Math.floor(nodeCount / 125))
  const percentage = percentageOfNodesToScore === 0 ? adaptive : percentageOfNodesToScore
  return Math.max(minNodesToFind, Math.floor((nodeCount * percentage) / 100))
}

function postFilter(input: ScheduleInput, search: Search): ScheduleResult {
  const { pod, snapshot } = input
  const { filterNode, rejections, preFilterReasons } = search
  const context = { ...input, rejections, filterNode }
  const reasons: string[] = []
  const writes: PostFilterWrite[] = []
  let clearNomination = false
  const run = () => {
    for (const plugin of input.plugins) {
      const result = plugin.postFilter?.(context)
      if (result?.kind === 'preempt') return result
      reasons.push(...(result?.reasons ?? []))
      if (result?.clearNomination) clearNomination = true
      if (result?.write) writes.push(result.write)
    }
    return undefined
  }
  const { timed = untimed } = input
  const preemption: Extract<PostFilterResult, { kind: 'preempt' }> | undefined = timed(
    'PostFilter',
    run,
    (found) => (found ? 'Success' : 'Unschedulable'),
  )
  return {
    kind: 'unfit',
    error: {
      pod,
      nodeCount: snapshot.nodes.length,
      rejections,
      // Once there is a way out, what the others said no longer matters.
      postFilterReasons: preemption ? [] : reasons,
      ...(preFilterReasons ? { preFilterReasons } : {}),
    },
    rejectors: search.rejectors,
    nextStartIndex: search.nextStartIndex,
    ...(preemption ? { preemption } : {}),
    clearNomination: clearNomination && !preemption,
    writes,
  }
}

function selectNode(input: ScheduleInput, feasible: readonly NodeInfo[]): NodeInfo {
  const [only] = feasible
  if (feasible.length === 1 && only) return only
  return highest(feasible, totalScores(input, feasible), input.random)
}

/** PreScore, Score, NormalizeScore; the weighted total for each node. */
export function totalScores(
  input: Pick<ScheduleInput, 'plugins' | 'timed'> & Cycle,
  feasible: readonly NodeInfo[],
): readonly number[] {
  const totals = new Array<number>(feasible.length).fill(0)
  const { timed = untimed } = input
  const scorers = timed('PreScore', () =>
    input.plugins.map(({ weight = 0, preScore }) => ({
      weight,
      scorer: preScore?.(input, feasible),
    })),
  )
  timed('Score', () => {
    for (const { weight, scorer } of scorers) {
      if (!scorer) continue
      const raw = feasible.map(scorer.score)
      const scores = scorer.normalize?.(raw) ?? raw
      for (let i = 0; i < totals.length; i++) {
        totals[i] = (totals[i] ?? 0) + weight * (scores[i] ?? 0)
      }
    }
  })
  return totals
}

/** Among equals each is as likely as the others, in one pass (reservoir sampling). */
function highest(nodes: readonly NodeInfo[], totals: readonly number[], random: Random): NodeInfo {
  let best = 0
  let equals = 1
  for (let i = 1; i < nodes.length; i++) {
    const difference = (totals[i] ?? 0) - (totals[best] ?? 0)
    if (difference < 0) continue
    equals = difference > 0 ? 1 : equals + 1
    if (difference > 0 || randomInt(random, equals) === 0) best = i
  }
  const node = nodes[best]
  invariant(node, 'there is a feasible node to choose')
  return node
}
