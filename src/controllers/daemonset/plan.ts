import {
  type DaemonSet,
  findUntoleratedTaint,
  isPodTerminal,
  type Node,
  type Pod,
  type PodTemplateSpec,
  type Toleration,
} from '#api'
import { type IntOrString, type Stored, scaledValue } from '#machinery'
import { admitsNode } from '../shared/node-fit.ts'
import { isActive, isAvailable, readySinceMs } from '../shared/pods.ts'

export const hashLabel = 'controller-revision-hash'

export interface Observed {
  readonly daemonSet: Stored<DaemonSet>
  readonly nodes: readonly Stored<Node>[]
  /** All pods that the DaemonSet controls. */
  readonly pods: readonly Stored<Pod>[]
  /** The hash of the present template. */
  readonly hash: string
  readonly nowMs: number
}

export interface Plan {
  /** Names of the nodes that need a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Removal[]
}

export interface Removal {
  readonly pod: Stored<Pod>
  /** Set for pods that ended by themselves, which is told. */
  readonly ended?: 'Failed' | 'Succeeded'
}

/** Daemons stay on nodes in trouble (upstream: AddOrUpdateDaemonPodTolerations). */
export function daemonTolerations(template: PodTemplateSpec): readonly Toleration[] {
  const taint = (name: string, effect: string): Toleration => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect,
  })
  return [
    taint('not-ready', 'NoExecute'),
    taint('unreachable', 'NoExecute'),
    taint('disk-pressure', 'NoSchedule'),
    taint('memory-pressure', 'NoSchedule'),
    taint('pid-pressure', 'NoSchedule'),
    taint('unschedulable', 'NoSchedule'),
    ...(template.spec?.hostNetwork ? [taint('network-unavailable', 'NoSchedule')] : []),
  ]
}

interface Suitability {
  readonly shouldRun: boolean
  readonly shouldContinue: boolean
}

/** Whether a node should get a daemon, and whether one that runs there may stay. */
export function judgeNode({ spec }: DaemonSet, node: Stored<Node>): Suitability {
  const template = spec?.template ?? {}
  if (!admitsNode(template.spec, node)) return { shouldRun: false, shouldContinue: false }
  const tolerations = [...(template.spec?.tolerations ?? []), ...daemonTolerations(template)]
  const untolerated = (...effects: readonly string[]) =>
    findUntoleratedTaint(node.spec?.taints, tolerations, effects) !== undefined
  return {
    shouldRun: !untolerated('NoSchedule', 'NoExecute'),
    shouldContinue: !untolerated('NoExecute'),
  }
}

/** The node of a pod: where it is bound, or the one its affinity names before that. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName
  const terms =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return terms?.flatMap(({ matchFields = [] }) => matchFields.flatMap(({ values }) => values))[0]
}

/** One daemon per suitable node, and the next step of a rolling update. */
export function planDaemons(observed: Observed): Plan {
  const { daemonSet, nodes } = observed
  if (daemonSet.metadata.deletionTimestamp) return { create: [], remove: [] }
  const byNode = Map.groupBy(observed.pods, (pod) => nodeOf(pod) ?? '')
  const create: string[] = []
  const remove: Removal[] = []
  for (const node of nodes) {
    const { name } = node.metadata
    const pods = (byNode.get(name) ?? []).filter(({ metadata }) => !metadata.deletionTimestamp)
    const leaving = (byNode.get(name) ?? []).length > pods.length
    const suitability = judgeNode(daemonSet, node)
    if (!suitability.shouldContinue) remove.push(...pods.map((pod) => ({ pod })))
    else if (suitability.shouldRun && pods.length === 0 && !leaving) create.push(name)
    else remove.push(...endedAndSurplus(observed, pods))
  }
  if (create.length + remove.length > 0) return { create, remove }
  return planUpdate(observed, byNode)
}

function endedAndSurplus(observed: Observed, pods: readonly Stored<Pod>[]): readonly Removal[] {
  const ended = pods.filter(isPodTerminal)
  const standing = pods
    .filter((pod) => !isPodTerminal(pod))
    .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
  // During a surge an old and a new pod may stand side by side.
  const groups = Map.groupBy(standing, ({ metadata }) => metadata.labels?.[hashLabel])
  const surges = limits(observed).surge > 0 && groups.size === 2
  const surplus = surges ? [...groups.values()].flatMap((each) => each.slice(1)) : standing.slice(1)
  return [
    ...ended.map((pod) => ({
      pod,
      ended: pod.status?.phase === 'Failed' ? ('Failed' as const) : ('Succeeded' as const),
    })),
    ...surplus.map((pod) => ({ pod })),
  ]
}

function limits({ daemonSet, nodes }: Observed): { unavailable: number; surge: number } {
  const { rollingUpdate } = daemonSet.spec?.updateStrategy ?? {}
  const wanted = nodes.filter((node) => judgeNode(daemonSet, node).shouldRun).length
  const count = (value: IntOrString) => scaledValue(value, wanted, 'up')
  const surge = count(rollingUpdate?.maxSurge ?? 0)
  return { surge, unavailable: count(rollingUpdate?.maxUnavailable ?? (surge > 0 ? 0 : 1)) }
}

/** Replaces old pods as far as the limits allow: what is unavailable anyway goes first. */
function planUpdate(observed: Observed, byNode: ReadonlyMap<string, readonly Stored<Pod>[]>): Plan {
  const { daemonSet, nodes, hash } = observed
  const strategy = daemonSet.spec?.updateStrategy?.type ?? 'RollingUpdate'
  if (strategy !== 'RollingUpdate') return { create: [], remove: [] }
  const available = (pod: Stored<Pod>) =>
    isActive(pod) && isAvailable(pod, daemonSet.spec?.minReadySeconds ?? 0, observed.nowMs)
  const suitable = nodes
    .filter((node) => judgeNode(daemonSet, node).shouldRun)
    .map(({ metadata: { name } }) => {
      const pods = byNode.get(name) ?? []
      const isNew = ({ metadata }: Stored<Pod>) => metadata.labels?.[hashLabel] === hash
      const fresh = pods.find((pod) => isActive(pod) && isNew(pod))
      const old = pods.find((pod) => isActive(pod) && !isNew(pod))
      return { name, fresh, old, isUp: pods.some(available) }
    })
  const outdated = suitable.filter(({ old }) => old)
  const { surge, unavailable } = limits(observed)
  if (surge > 0) {
    const replaced = outdated.filter(({ fresh }) => fresh && available(fresh))
    const surging = outdated.filter(({ fresh }) => fresh && !available(fresh)).length
    const next = outdated.filter(({ fresh }) => !fresh).slice(0, Math.max(0, surge - surging))
    return {
      create: next.map(({ name }) => name),
      remove: replaced.flatMap(({ old }) => (old ? [{ pod: old }] : [])),
    }
  }
  const down = suitable.filter(({ isUp }) => !isUp).length
  const broken = outdated.filter(({ isUp }) => !isUp)
  const healthy = outdated.filter(({ isUp }) => isUp).slice(0, Math.max(0, unavailable - down))
  const replaced = [...broken, ...healthy].flatMap(({ old }) => (old ? [{ pod: old }] : []))
  return { create: [], remove: replaced }
}

/** Milliseconds until the next ready pod becomes available; undefined when none is waiting. */
export function msUntilAvailable({ daemonSet, pods, nowMs }: Observed): number | undefined {
  const minReadyMs = (daemonSet.spec?.minReadySeconds ?? 0) * 1000
  const waits = pods
    .filter(isActive)
    .flatMap((pod) => readySinceMs(pod) ?? [])
    .map((sinceMs) => sinceMs + minReadyMs - nowMs)
    .filter((waitMs) => waitMs > 0)
  return waits.length > 0 ? Math.min(...waits) : undefined
}
