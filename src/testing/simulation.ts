import { type FaultSpec, faults, pods } from '#api'
import type { Client } from '#client'
import type { SimCluster } from '#cluster/simulation'
import { formatWhy, type History, type WhyStep, why } from '#history'
import { type SnapshotType, takeSnapshot } from '#lab/snapshots'
import { KnarrError } from '#lib'
import { groupResourceOf, type KubeObject, type ResourceRef, type Stored } from '#machinery'
import type { Guard } from '#sim'
import { applyManifests, type Manifest, resourceNamed } from './apply.ts'
import { type Duration, toMs } from './duration.ts'
import { type Load, type LoadOptions, startLoad } from './load.ts'
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

/** A cluster that the test owns, with its time. */
export interface Simulation extends AsyncDisposable {
  /** The administrator's client; every kind, every verb, through the whole API server. */
  readonly client: Client
  /** The event log. */
  readonly log: History
  /** Virtual time now. */
  readonly now: Date
  /** Virtual milliseconds since the start. */
  readonly elapsedMs: number
  /** Applies manifests as `kubectl apply --server-side` does. */
  apply(manifest: Manifest): Promise<readonly Stored[]>
  /** `deployment/web`, `pod/web-1`: as `kubectl delete`, in the background. */
  delete(target: string, options?: { readonly namespace?: string }): Promise<void>
  /** Goes forward through everything that happens on the way. */
  advance(by: Duration): Promise<void>
  /** Runs what is ready, without moving time. */
  settle(): Promise<void>
  /**
   * Goes forward until the condition, which answers at once, holds.
   * @throws KnarrError `NotReached`, `InvalidCondition` for one that gives a promise
   */
  until(condition: () => boolean, options?: UntilOptions): Promise<void>
  deployment(name: string, namespace?: string): DeploymentView
  pod(name: string, namespace?: string): PodView
  /** Those with these labels, by name. */
  pods(labels?: Readonly<Record<string, string>>, namespace?: string): readonly PodView[]
  job(name: string, namespace?: string): JobView
  node(name: string): NodeControl
  /** The objects of a kind as they are now. */
  list<T extends KubeObject>(resource: ResourceRef<T>, namespace?: string): readonly Stored<T>[]
  /** Breaks something; disposing or `heal` mends it. */
  fault(name: string, spec: FaultSpec): Promise<{ heal(): Promise<void> }>
  /** Clients that send requests to a Service, and note what becomes of each. */
  load(options: LoadOptions): Load
  /** Those that were not stopped; a fork has those of its original. */
  readonly loads: readonly Load[]
  /** The chain of causes that led to how an object is: `pod/web-1`. */
  why(target: string, namespace?: string): Why
  snapshot(type?: SnapshotType): Promise<Uint8Array>
  /** Another cluster that goes on by itself, from here or from a point of the past. */
  fork(type?: SnapshotType, to?: PointInTime): Promise<Simulation>
}

export interface UntilOptions {
  /** How far to go at most; default 1 h. */
  readonly within?: Duration
}

/** The steps, and as text. */
export interface Why {
  readonly steps: readonly WhyStep[]
  toString(): string
}

export function createSimulation(
  cluster: SimCluster,
  guard: Guard | undefined,
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
    apply: (manifest) => applyManifests(client, manifest),
    delete: async (target, { namespace = 'default' } = {}) => {
      const { resource, name } = parseTarget(target)
      await client.delete(resource, keyFor(resource, name, namespace))
    },
    advance: async (by) => timeDriver.advance(toMs(by)),
    settle: () => timeDriver.advance(0),
    until: (condition, { within = '1h' } = {}) => goUntil(cluster, condition, within),
    deployment: (name, namespace = 'default') => deploymentView(objects, name, namespace),
    pod: (name, namespace = 'default') => podView(objects, name, namespace),
    pods: (labels = {}, namespace = 'default') => podsWith(cluster, labels, namespace),
    job: (name, namespace = 'default') => jobView(objects, name, namespace),
    node: (name) => createNodeControl(cluster, name),
    list: (resource, namespace) => objects.list(resource, namespace),
    fault: async (name, spec) => {
      await client.create(faults, { metadata: { name }, spec })
      return { heal: () => client.delete(faults, { name }) }
    },
    load: (options) => startLoad(cluster, options),
    get loads() {
      return cluster.inputs.loads
    },
    why: (target, namespace = 'default') => explain(cluster, target, namespace),
    snapshot: (type = 'Exact') => takeSnapshot(cluster, type),
    fork: async (type = 'Exact', to) => restore(await takeSnapshot(cluster, type), to),
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]()
      guard?.[Symbol.dispose]()
    },
  }
}

async function goUntil(
  { timeDriver, history }: SimCluster,
  condition: () => boolean,
  within: Duration,
): Promise<void> {
  if (await timeDriver.until(() => answerOf(condition()), toMs(within))) return
  const lines = history.lines().slice(-10).join('\n')
  throw new KnarrError(
    'NotReached',
    `the condition did not hold within ${within}; the log ends:\n${lines}`,
  )
}

function answerOf(given: unknown): boolean {
  if (!(given instanceof Promise)) return Boolean(given)
  given.catch(() => undefined)
  throw new KnarrError('InvalidCondition', 'the condition gave a promise', {
    hint: 'It is asked at every instant and must answer at once, from views or cluster.list().',
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

function explain({ history }: SimCluster, target: string, namespace: string): Why {
  const { resource, name } = parseTarget(target)
  const scope = resource.scope === 'Namespaced' ? namespace : ''
  const steps = why(history, { resource: groupResourceOf(resource), namespace: scope, name })
  return { steps, toString: () => formatWhy(steps) }
}

function parseTarget(target: string) {
  const [kind = '', name = '', ...more] = target.split('/')
  if (name !== '' && more.length === 0) return { resource: resourceNamed(kind), name }
  throw new KnarrError('BadTarget', `not an object: ${target}`, {
    hint: 'Write it as RESOURCE/NAME, for example deployment/web.',
  })
}

function keyFor(resource: ResourceRef, name: string, namespace: string) {
  return resource.scope === 'Namespaced' ? { name, namespace } : { name }
}
