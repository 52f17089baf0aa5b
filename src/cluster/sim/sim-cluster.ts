import { AsyncResource } from 'node:async_hooks'
import { type Descriptions, noDescriptions } from '#api'
import {
  type ApiServer,
  type AuditOptions,
  createPlainTransport,
  createTlsTransport,
} from '#apiserver'
import { type Client, createClient } from '#client'
import type { History } from '#history'
import {
  createInputs,
  createJournal,
  createOutsideCalls,
  createVirtualTime,
  type Inputs,
  type Journal,
  type OutsideCalls,
  simulationApi,
  type VirtualTime,
} from '#lab'
import { loadStore, type SavedStore, saveStore, snapshotPaths } from '#lab/snapshots'
import {
  type Clock,
  createVirtualClock,
  type Logger,
  restoreRandom,
  type SeededRandom,
  seededRandom,
  type VirtualClock,
  type VirtualClockState,
} from '#lib'
import type { NodeConnector, UserInfo } from '#machinery'
import { serviceUnavailable } from '#machinery/status'
import {
  type AmbientGuard,
  createFabric,
  createImageWorld,
  createTimeDriver,
  type ImageWorld,
  parseBehaviourFile,
  type SavedFabric,
  type SavedImages,
  type TimeDriver,
} from '#sim'
import { createMemoryStore, type MemoryStore } from '#store'
import { type ControlPlane, createControlPlane } from '../control-plane/control-plane.ts'
import { familiesOf } from '../control-plane/networks.ts'
import { registrationIn } from '../control-plane/node-registration.ts'
import { dnsOf } from '../control-plane/parts.ts'
import { kubernetesVersion } from '../control-plane/version.ts'
import type { KeyPair } from '../pki/certificates.ts'
import { selfSignedAuthority } from '../pki/signer.ts'
import { structuredAuthentication } from '../serving/authentication.ts'
import { structuredAuthorization } from '../serving/authorization.ts'
import { apiEndpointOf, withApi } from '../sim-node/api-endpoint.ts'
import { createSimNode, type SavedSimNode, type SimNode } from '../sim-node/sim-node.ts'
import { computedPaths } from './computed-paths.ts'
import type { SimClusterOptions } from './options.ts'
import { simFaultTargets } from './sim-fault-targets.ts'

/** What a simulation needs besides its options; nothing here decides how it goes. */
export interface SimClusterWorld {
  /** Only paces; nothing in the simulation sees it. */
  readonly wall: Clock
  readonly log: Logger
  /** PEM; signs tokens, which never show in the event log. */
  readonly tokenKey: string
  /** Signs certificates; where the API is served, the authority that its server trusts clients by. */
  readonly authority?: KeyPair
  readonly descriptions?: Descriptions
  readonly guard?: AmbientGuard
  readonly historyLimit?: number
  /** What is recorded of requests; its sink is called outside of the simulation, and not waited for. */
  readonly audit?: AuditOptions
  onFailure(error: unknown): void
}

/** The state of a whole cluster as plain data, taken at a quiescent point. */
export interface WarmState {
  readonly clock: VirtualClockState
  /** Counts the starts: each draws its chance from another stream. */
  readonly generation: number
  readonly store: SavedStore
  readonly fabric: SavedFabric
  readonly images: SavedImages
  readonly nodes: Readonly<Record<string, SavedSimNode>>
}

/** A simulated cluster is a control plane and its nodes in this process, on virtual time. */
export interface SimCluster extends AsyncDisposable {
  readonly options: SimClusterOptions
  readonly clock: VirtualClock
  readonly timeDriver: TimeDriver
  readonly time: VirtualTime
  readonly inputs: Inputs
  readonly journal: Journal
  readonly history: History
  readonly objects: ApiServer['objects']
  /** What its API server serves. */
  readonly served: ApiServer['served']
  /** The administrator; what it asks is input like any other. */
  readonly client: Client
  readonly nodes: ReadonlyMap<string, SimNode>
  /** The warm state that it began with. */
  readonly base: WarmState | undefined
  /** Of the newest write. */
  readonly revision: () => number
  /** What Snapshot objects stand for, by their names. */
  readonly snapshots: Map<string, Uint8Array>
  /** Puts another content under the tag of an image; exact snapshots are refused afterwards. */
  pushImage(reference: string): void
  /** Everything as data; only at a quiescent point, so inside `timeDriver.enter`. */
  save(): WarmState
}

const administrator: UserInfo = {
  name: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
}

/** Starts a simulated cluster, over a warm state if there is one; its nodes become Ready as time advances. */
export async function createSimCluster(
  options: SimClusterOptions,
  world: SimClusterWorld,
  state?: WarmState,
): Promise<SimCluster> {
  const { guard } = world
  const random = state ? restarted(options, state) : seededRandom(options.seed)
  const clock = createVirtualClock({
    ...(guard && { inside: guard.fire }),
    ...(state
      ? { from: state.clock }
      : { random: random.fork('clock'), startWallMs: options.startWallMs }),
  })
  const timeDriver = createTimeDriver({
    ...(guard && { inside: guard.run }),
    virtual: clock,
    wall: world.wall,
    // Its Clock object says how it goes on.
    startsPaused: true,
    onFailure: world.onFailure,
  })
  const outside = AsyncResource.bind((work: () => void) => work())
  const started = { ...world, clock, timeDriver, random, outside }
  const start = () => startCluster(options, started, state)
  return guard ? guard.run(start) : start()
}

/** What nodes know of the cluster's networks and names. */
function networkOf(options: SimClusterOptions) {
  const { clusterDomain } = options
  return { clusterDomain, dns: dnsOf(options), families: familiesOf(options) }
}

/** Chance after a warm start: from where the clock's stream stood, under a name of its own. */
function restarted({ seed }: SimClusterOptions, { clock, generation }: WarmState): SeededRandom {
  return restoreRandom(clock.random).fork(`${seed}/start ${generation + 1}`)
}

interface Started extends SimClusterWorld {
  readonly clock: VirtualClock
  readonly timeDriver: TimeDriver
  readonly random: SeededRandom
  /** Runs work outside of the simulation, where the guard does not look. */
  readonly outside: (work: () => void) => void
}

async function startCluster(
  options: SimClusterOptions,
  world: Started,
  state: WarmState | undefined,
): Promise<SimCluster> {
  const { clock, timeDriver, random, log } = world
  const stop = new AbortController()
  const fabric = withApi(createFabric(state?.fabric), () => plane.server.handle)
  const images = createImageWorld({ clock, ...(state ? { saved: state.images } : {}) })
  const { behaviours } = options
  const store = createMemoryStore({ clock, ...(state ? { snapshot: loadStore(state.store) } : {}) })
  const nodes = new Map<string, SimNode>()
  const snapshots = new Map<string, Uint8Array>()
  const time = createVirtualTime(timeDriver, clock)
  const journal = createJournal()
  const outsideCalls = outsideCallsOf({ ...world, journal, time })
  const plane = await openPlane(
    options,
    { ...world, store, nodes, images, time, snapshots, outsideCalls },
    stop.signal,
  )
  const nodeWorld = {
    register: (name: string) => registrationIn(plane, name),
    clock,
    random,
    log,
    fabric,
    images,
    behaviours: behaviours === undefined ? undefined : parseBehaviourFile(behaviours),
    ...networkOf(options),
  }
  for (const [index, spec] of options.nodes.entries()) {
    nodes.set(spec.name, createSimNode(nodeWorld, spec, index, state?.nodes[spec.name]))
  }
  const running = [plane, ...nodes.values()].map((each) => each.run(stop.signal))
  const inputs = createInputs({
    server: plane.server,
    clock,
    journal,
    timeDriver,
    outsideCalls,
    loads: {
      clock,
      seed: options.seed,
      nodes,
      objects: () => plane.server.objects,
      history: plane.history,
    },
  })
  const transport = { send: inputs.handle }
  return {
    options,
    clock,
    timeDriver,
    time,
    inputs,
    journal,
    history: plane.history,
    objects: plane.server.objects,
    served: plane.server.served,
    client: createClient(transport, { user: administrator, userAgent: 'knarr' }),
    nodes,
    base: state,
    revision: () => store.revision,
    ...{ snapshots, pushImage: pushingInto(images, journal) },
    save: () => ({
      clock: clock.save(),
      generation: (state?.generation ?? 0) + 1,
      store: saveStore(store),
      fabric: fabric.save(),
      images: images.save(),
      nodes: Object.fromEntries([...nodes].map(([name, node]) => [name, node.save()])),
    }),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('the simulation has ended'))
      await timeDriver[Symbol.asyncDispose]()
      await clock.settle()
      await Promise.allSettled(running)
      await plane[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      outsideCalls[Symbol.dispose]()
    },
  }
}

/** What is pushed into a registry is no input that a journal keeps. */
function pushingInto(images: ImageWorld, journal: Journal) {
  return (reference: string) => {
    journal.markIncomplete('an image was pushed')
    images.push(reference)
  }
}

/** A line is written where the guard does not look; what becomes of it decides nothing here. */
function auditOutside({ policy, sink }: AuditOptions, outside: Started['outside']): AuditOptions {
  const write = (line: string) => {
    outside(() => void sink.write(line))
    return true
  }
  return { policy, sink: { write } }
}

interface PlaneWorld extends Started {
  readonly store: MemoryStore
  readonly nodes: ReadonlyMap<string, SimNode>
  readonly images: ImageWorld
  readonly time: VirtualTime
  readonly snapshots: ReadonlyMap<string, Uint8Array>
  readonly outsideCalls: OutsideCalls
}

function outsideCallsOf({
  journal,
  time,
  ...world
}: Started & { readonly journal: Journal; readonly time: VirtualTime }): OutsideCalls & Disposable {
  const transport = createTlsTransport(noNodes)
  const isReplaying = () => time.isReplaying
  const calls = createOutsideCalls({ ...world, journal, call: transport.post, isReplaying })
  return { ...calls, [Symbol.dispose]: transport[Symbol.dispose] }
}

/** What is outside of the cluster is reached without its nodes. */
const noNodes: NodeConnector = (name) =>
  Promise.reject(serviceUnavailable(`the node ${name} is simulated`))

function openPlane(
  { authentication, authorization, ...options }: SimClusterOptions,
  { clock, random, log, store, nodes, images, time, ...world }: PlaneWorld,
  signal: AbortSignal,
): Promise<ControlPlane> {
  return createControlPlane(
    {
      ...options,
      ...(authentication && { authentication: structuredAuthentication(authentication, options) }),
      ...(authorization && { authorization: structuredAuthorization(authorization) }),
      store,
      clock,
      random,
      log,
      tokenKey: world.tokenKey,
      authority: world.authority ?? selfSignedAuthority(world.tokenKey, 'simulated'),
      descriptions: world.descriptions ?? noDescriptions,
      version: kubernetesVersion,
      ...(world.historyLimit === undefined ? {} : { historyLimit: world.historyLimit }),
      clockSpec: { paused: options.paused },
      endpoint: apiEndpointOf(familiesOf(options)),
      audit: world.audit && auditOutside(world.audit, world.outside),
      webhookTransport: (connector) => createPlainTransport(connector, world.outsideCalls),
      extras: (parts) => ({
        ...simulationApi({ ...parts, time, faults: simFaultTargets(nodes, images) }),
        paths: new Map([...snapshotPaths(world.snapshots), ...computedPaths(nodes)]),
      }),
    },
    signal,
  )
}
