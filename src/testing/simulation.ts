import { type Event, type FaultSpec, faults, pods } from '#api'
import type { Client } from '#client'
import type { SimCluster } from '#cluster/simulation'
import { type ContainerRun, formatWhy, type History, type WhyStep, why } from '#history'
import { type SnapshotType, takeSnapshot } from '#lab/snapshots'
import { KnarrError } from '#lib'
import {
  findResource,
  groupResourceOf,
  type KubeObject,
  noSuchResource,
  type ResourceRef,
  type Stored,
} from '#machinery'
import type { AmbientGuard } from '#sim'
import { type ActionOptions, drainInTime, eventsAbout, evictPod, setImage } from './actions.ts'
import { applyManifests, type Manifest } from './apply.ts'
import { type Duration, toMs } from './duration.ts'
import { execInPod, type PodExecOptions, type PodExecResult } from './exec.ts'
import { type LoadOptions, startTestLoad, type TestLoad } from './load.ts'
import { lastLinesOf } from './log-lines.ts'
import { createNodeControl, type NodeControl } from './node-control.ts'
import type { PointInTime } from './options.ts'
import {
  type DeploymentView,
  deploymentView,
  type JobView,
  jobView,
  type PodView,
  podView,
} from './views.ts'
import { type WorkloadViews, workloadViews } from './workload-views.ts'

/** A simulated cluster that a test owns, with its time. */
export interface Simulation extends AsyncDisposable, WorkloadViews {
  /** The administrator's client, through the whole API server. */
  readonly client: Client
  /** The event log. */
  readonly log: History
  /** Virtual time now. */
  readonly now: Date
  /** Virtual milliseconds since the start. */
  readonly elapsedMs: number
  /** Applies manifests as `kubectl apply --server-side` does. */
  apply(manifest: Manifest): Promise<readonly Stored[]>
  /** Deletes `deployment/web` or `pod/web-1` with background propagation, as `kubectl delete` does. */
  delete(target: string, options?: { readonly namespace?: string }): Promise<void>
  /** Advances time, through everything that happens on the way. */
  advance(by: Duration): Promise<void>
  /** Runs all work that is ready, without advancing time. */
  settle(): Promise<void>
  /**
   * Advances time until a synchronous condition holds.
   * @throws KnarrError `NotReached`, `InvalidCondition` for one that returns a promise
   */
  until(condition: () => boolean, options?: UntilOptions): Promise<void>
  /** Returns a view of a Deployment, which may not exist yet. */
  deployment(name: string, namespace?: string): DeploymentView
  /** Returns a view of a pod, which may not exist yet. */
  pod(name: string, namespace?: string): PodView
  /** Returns the pods that have all these labels, in the order of their names. */
  pods(labels?: Readonly<Record<string, string>>, namespace?: string): readonly PodView[]
  /** Returns a view of a Job, which may not exist yet. */
  job(name: string, namespace?: string): JobView
  /** Returns the control of a node. @throws KnarrError `NoSuchNode` */
  node(name: string): NodeControl
  /** Asks for the eviction of a pod. @throws StatusError 429 while a budget refuses it */
  evict(pod: string, options?: Pick<ActionOptions, 'namespace'>): Promise<void>
  /**
   * Cordons a node, evicts its pods as `kubectl drain --ignore-daemonsets` does, and advances time until
   * they are gone, by 10 minutes at most unless told otherwise. @throws KnarrError `NotDrained`
   */
  drain(node: string, options?: Pick<ActionOptions, 'within'>): Promise<void>
  /** Sets the image of `deployment/web`, as `kubectl set image` does. @throws KnarrError `NoSuchContainer` */
  setImage(target: string, image: string, options?: SetImageOptions): Promise<void>
  /** Returns the Events about `pod/web-1`, or all of a namespace, in the order in which they began. */
  events(target?: string, namespace?: string): readonly Stored<Event>[]
  /**
   * Runs a command in a container as `kubectl exec` does, and advances time until it has ended, by 10
   * minutes at most unless told otherwise. Exact snapshots are refused afterwards.
   * @throws KnarrError `NotEnded`; StatusError when it cannot be run
   */
  exec(pod: string, command: readonly string[], options?: PodExecOptions): Promise<PodExecResult>
  /** Lists the objects of a kind as they are now. */
  list<T extends KubeObject>(resource: ResourceRef<T>, namespace?: string): readonly Stored<T>[]
  /** Creates a Fault; `heal` deletes it. */
  fault(name: string, spec: FaultSpec): Promise<{ heal(): Promise<void> }>
  /** Starts clients that send requests to a Service. */
  load(options: LoadOptions): TestLoad
  /** The loads that were not stopped; a fork has those of its original. */
  readonly loads: readonly TestLoad[]
  /**
   * Explains what blocks `pod/web-1` at this moment, and how it came to be as it is.
   * @throws KnarrError `UnknownObject` for one that never was there
   */
  why(target: string, namespace?: string): Why
  /** Takes a snapshot, exact by default. */
  snapshot(type?: SnapshotType): Promise<Uint8Array>
  /** Starts another cluster that goes on by itself, from here or from a point of the past. */
  fork(type?: SnapshotType, to?: PointInTime): Promise<Simulation>
}

/** Whose image is set. */
export interface SetImageOptions {
  /** The container; default the only one. */
  readonly container?: string
  /** Default `default`. */
  readonly namespace?: string
}

/** How far `until` advances time. */
export interface UntilOptions {
  /** The longest that time is advanced; default 1 h. */
  readonly within?: Duration
}

/** The chain of causes of an object's state; as a string, it is indented text. */
export interface Why {
  readonly steps: readonly WhyStep[]
  toString(): string
}

export function createSimulation(
  cluster: SimCluster,
  guard: AmbientGuard | undefined,
  restore: (from: Uint8Array, to?: PointInTime) => Promise<Simulation>,
): Simulation {
  const { client, timeDriver, clock, history, objects } = cluster
  return {
    client,
    log: history,
    get now() {
      return new Date(clock.wallMs())
    },
    get elapsedMs() {
      return clock.monotonicMs()
    },
    apply: (manifest) => applyManifests(cluster, manifest),
    delete: async (target, { namespace = 'default' } = {}) => {
      const { resource, name } = parseTarget(cluster, target)
      await client.delete(resource, keyFor(resource, name, namespace))
    },
    advance: async (by) => timeDriver.advance(toMs(by)),
    settle: () => timeDriver.advance(0),
    until: (condition, { within = '1h' } = {}) => advanceUntil(cluster, condition, within),
    deployment: (name, namespace = 'default') => deploymentView(objects, name, namespace),
    pod: (name, namespace = 'default') => podView(objects, name, namespace),
    pods: (labels = {}, namespace = 'default') => podsWith(cluster, labels, namespace),
    job: (name, namespace = 'default') => jobView(objects, name, namespace),
    node: (name) => createNodeControl(cluster, name),
    ...workloadViews(objects),
    evict: (pod, { namespace = 'default' } = {}) => evictPod(cluster, pod, namespace),
    drain: (node, options) => drainInTime(cluster, node, options),
    setImage: async (target, image, { container, namespace = 'default' } = {}) => {
      const { resource, name } = parseTarget(cluster, target)
      const key = keyFor(resource, name, namespace)
      await setImage(cluster, { resource, key }, { image, container })
    },
    events: (target, namespace = 'default') => {
      if (target === undefined) return eventsAbout(cluster, namespace)
      const { resource, name } = parseTarget(cluster, target)
      // Events about what is in no namespace stand in `default`.
      const place = resource.scope === 'Namespaced' ? namespace : 'default'
      return eventsAbout(cluster, place, { kind: resource.kind, name })
    },
    exec: (pod, command, options) => execInPod(cluster, pod, command, options),
    list: (resource, namespace) => objects.list(resource, namespace),
    fault: async (name, spec) => {
      await client.create(faults, { metadata: { name }, spec })
      return { heal: () => client.delete(faults, { name }) }
    },
    load: (options) => startTestLoad(cluster, options),
    get loads() {
      return cluster.inputs.loads
    },
    why: (target, namespace = 'default') => whyOf(cluster, target, namespace),
    snapshot: (type = 'Exact') => takeSnapshot(cluster, type),
    fork: async (type = 'Exact', to) => restore(await takeSnapshot(cluster, type), to),
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]()
      guard?.[Symbol.dispose]()
    },
  }
}

async function advanceUntil(
  { timeDriver, history }: SimCluster,
  condition: () => boolean,
  within: Duration,
): Promise<void> {
  if (await timeDriver.until(() => conditionResult(condition()), toMs(within))) return
  const lines = history.lines().slice(-10).join('\n')
  throw new KnarrError(
    'NotReached',
    `the condition did not hold within ${within}; the log ends:\n${lines}`,
  )
}

function conditionResult(given: unknown): boolean {
  if (!(given instanceof Promise)) return Boolean(given)
  given.catch(() => undefined)
  throw new KnarrError('InvalidCondition', 'the condition returned a promise', {
    hint: 'It is called at every instant and must return a value, from views or cluster.list().',
  })
}

function podsWith(
  { objects }: SimCluster,
  labels: Readonly<Record<string, string>>,
  namespace: string,
): readonly PodView[] {
  return objects
    .list(pods, namespace)
    .filter(({ metadata }) =>
      Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value),
    )
    .map(({ metadata }) => podView(objects, metadata.name, namespace))
}

function whyOf(cluster: SimCluster, target: string, namespace: string): Why {
  const { history, objects, served, clock } = cluster
  const { resource, name } = parseTarget(cluster, target)
  const scope = resource.scope === 'Namespaced' ? namespace : ''
  const object = { resource: groupResourceOf(resource), namespace: scope, name }
  const lastLines = (run: ContainerRun) => lastLinesOf(cluster, run)
  const steps = why(history, object, { objects, served, nowMs: clock.wallMs(), lastLines })
  return { steps, toString: () => formatWhy(steps) }
}

/** @throws KnarrError `BadTarget`, and `UnknownKind` for what the cluster does not serve */
function parseTarget({ served }: SimCluster, target: string) {
  const [kind = '', name = '', ...more] = target.split('/')
  if (name !== '' && more.length === 0) {
    const resource = findResource(served.all, kind)
    if (resource) return { resource, name }
    throw new KnarrError('UnknownKind', noSuchResource(kind))
  }
  throw new KnarrError('BadTarget', `not an object: ${target}`, {
    hint: 'Write it as RESOURCE/NAME, for example deployment/web.',
  })
}

function keyFor(resource: ResourceRef, name: string, namespace: string) {
  return resource.scope === 'Namespaced' ? { name, namespace } : { name }
}
