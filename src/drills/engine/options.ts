import type { SimNodeSpec } from '#cluster/simulation'
import type { ManifestText } from '../input/manifest.ts'
import type { Objectives } from '../model/objectives.ts'

/** What drills are run on, and how. */
export interface RunDrillsOptions {
  readonly manifests: readonly ManifestText[]
  /** The names of the drills; default all. */
  readonly drills?: readonly string[]
  /** What must hold, in the place of what a drill asks for by itself. */
  readonly objectives?: Objectives
  /** What `update` leads to; default the same with a new pod template. */
  readonly to?: readonly ManifestText[]
  /** The nodes of the cluster; default three in three zones. */
  readonly nodes?: number | readonly SimNodeSpec[]
  /** Requests per second to each Service; default 10. */
  readonly ratePerSecond?: number
  /** How many seeds, from 1 on, and each case once at least; default as many as fit into the budget. */
  readonly seeds?: number
  /** One seed alone. */
  readonly seed?: number
  /** Wall time for the seeds of one drill, when their number is not given; default 10 s. */
  readonly budgetMs?: number
  /** The text of a behaviour file. */
  readonly behaviours?: string
  /** Whether changes are looked for when an objective is missed; default true. */
  readonly advice?: boolean
  /** How the drills can be run again, for the report: `knarr drill -f app.yaml`. */
  readonly command?: (drill: string, seed: number) => string
  /** Hears of progress: which drill, and how far it is. */
  readonly onProgress?: (drill: string, share: number) => void
}

/** Requests per second to each Service, when nothing is said. */
export const defaultRate = 10
/** The wall time for the seeds of a drill, when nothing is said. */
export const defaultBudgetMs = 10_000

/** Nodes, one in each of three zones in turn. */
function zonedNodes(count: number): readonly SimNodeSpec[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node-${index + 1}`,
    cpus: 4,
    memoryBytes: 16 * 1024 ** 3,
    labels: {
      'topology.kubernetes.io/zone': `zone-${'abc'[index % 3]}`,
      'topology.kubernetes.io/region': 'region-1',
    },
  }))
}

/** The nodes of the cluster that drills are run on. */
export function nodesOf({ nodes }: Pick<RunDrillsOptions, 'nodes'>): readonly SimNodeSpec[] {
  return typeof nodes === 'object' ? nodes : zonedNodes(nodes ?? 3)
}
