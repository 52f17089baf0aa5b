import { type Lease, leases, type Node, type NodeStatus, nodes } from '#api'
import { messageOf, withinLimit } from '#lib'
import {
  deepEqual,
  formatMicroTime,
  isAlreadyExists,
  isConflict,
  isNotFound,
  type ObjectMeta,
  type Stored,
  type Trigger,
} from '#machinery'
import type { Pressure } from '../eviction/eviction-manager.ts'
import { saw } from '../triggers.ts'
import type { KubeletWorld } from '../world.ts'
import { type NodeResources, nodeResources } from './capacity.ts'
import { conditionEvent, nodeConditions } from './conditions.ts'
import { runtimeFaultOf } from './runtime-fault.ts'

/** The node's own object and lease: registration, status, heartbeat. */
export interface NodeAgent {
  /** Why pods on the pod network cannot start; undefined when they can. */
  networkFault(): string | undefined
  allocatable(): Readonly<Record<string, string>>
  run(signal: AbortSignal): Promise<void>
}

const leaseNamespace = 'kube-node-lease'
/** A lease is renewed four times within its duration (upstream: nodeLeaseRenewIntervalFraction). */
const renewalsPerLease = 4
/** How often the runtime is asked how it is (upstream: updateRuntimeUp). */
const runtimePeriodMs = 5_000
const registerRetryMs = 1_000

interface State {
  runtimeFault: string | undefined
  networkFault: string | undefined
  resources: NodeResources | undefined
  reportedMs: number
  reported: NodeStatus | undefined
  /** As it was last written. */
  lease: Stored<Lease> | undefined
  /** What the runtime was told. */
  podCidr: string
  readonly pressure: () => Pressure
}

export function createNodeAgent(world: KubeletWorld, pressure: () => Pressure): NodeAgent {
  const state: State = {
    runtimeFault: 'container runtime status check may not have completed yet',
    networkFault: 'container runtime status check may not have completed yet',
    resources: undefined,
    reportedMs: Number.NEGATIVE_INFINITY,
    reported: undefined,
    lease: undefined,
    pressure,
    podCidr: '',
  }
  return {
    networkFault: () => state.networkFault,
    allocatable: () => state.resources?.allocatable ?? {},
    async run(signal) {
      await checkRuntime(state, world, signal)
      await register(state, world, signal)
      world.events.event(reference(world), {
        type: 'Normal',
        reason: 'Starting',
        message: 'Starting kubelet.',
      })
      await becomeReady(state, world, signal)
      await Promise.all([
        repeat(world, runtimePeriodMs, signal, () => checkRuntime(state, world, signal)),
        repeat(world, world.config.nodeStatusUpdateMs, signal, () => report(state, world, signal)),
        repeat(world, (world.config.leaseDurationSeconds * 1000) / renewalsPerLease, signal, () =>
          renew(state, world),
        ),
      ])
    },
  }
}

function reference({ config }: KubeletWorld) {
  return { kind: 'Node', name: config.nodeName, uid: config.nodeName }
}

async function repeat(
  { clock, log }: KubeletWorld,
  periodMs: number,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work()
    } catch (error) {
      if (!signal.aborted) log.warn('a heartbeat failed', { error: messageOf(error) })
    }
    await clock.sleep(periodMs, signal).catch(() => undefined)
  }
}

async function checkRuntime(
  state: State,
  { runtime, clock }: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  // A runtime that does not answer is not ready.
  const reason = 'context deadline exceeded'
  const limit = { limitMs: runtimePeriodMs, reason, parent: signal }
  const { runtimeFault, networkFault } = await withinLimit(clock, limit, (limited) =>
    runtimeFaultOf(runtime, limited),
  )
  state.runtimeFault = runtimeFault ?? networkFault
  state.networkFault = networkFault
}

/** How often a node that is not Ready yet looks again (upstream: fastStatusUpdateOnce). */
const impatientMs = 100
/** After this long at the start a node goes on at its usual pace. */
const impatienceLimitMs = 30_000

/** Reports as soon as the runtime and its network are ready, not at the next usual report. */
async function becomeReady(state: State, world: KubeletWorld, signal: AbortSignal): Promise<void> {
  const { client, clock, config } = world
  const untilMs = clock.monotonicMs() + impatienceLimitMs
  while (!signal.aborted && state.runtimeFault !== undefined && clock.monotonicMs() < untilMs) {
    try {
      await followPodCidr(state, await client.get(nodes, { name: config.nodeName }), world, signal)
      await checkRuntime(state, world, signal)
    } catch {
      // The usual loops will say so if it lasts.
    }
    if (state.runtimeFault !== undefined)
      await clock.sleep(impatientMs, signal).catch(() => undefined)
  }
}

/** Hands the node's part of the pod network on to the runtime. */
async function followPodCidr(
  state: State,
  { spec }: Node,
  { runtime }: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const podCidr = spec?.podCIDRs?.join(',') ?? spec?.podCIDR ?? ''
  if (podCidr === '' || podCidr === state.podCidr) return
  await runtime.updatePodCidr(podCidr, signal)
  state.podCidr = podCidr
}

async function register(state: State, world: KubeletWorld, signal: AbortSignal): Promise<void> {
  const { clock, config, log, actor } = world
  const client = world.client.because({ actor, trigger: saw('the kubelet starts') })
  while (!signal.aborted) {
    try {
      const status = await statusOf(undefined, state, world, signal)
      const created = await client.create(nodes, {
        metadata: initialMetadata(world),
        spec: initialSpec(world),
      })
      await client.update(nodes, { ...created, status }, { subresource: 'status' })
      return
    } catch (error) {
      if (signal.aborted) return
      if (isAlreadyExists(error)) return adopt({ ...world, client })
      log.warn('cannot register the node', { node: config.nodeName, error: messageOf(error) })
      await clock.sleep(registerRetryMs, signal).catch(() => undefined)
    }
  }
}

/** The object of an earlier run is kept; only labels that the kubelet owns are brought up to date. */
async function adopt(world: KubeletWorld): Promise<void> {
  const { client, config } = world
  const held = await client.get(nodes, { name: config.nodeName })
  const labels = { ...held.metadata.labels, ...initialMetadata(world).labels }
  if (deepEqual(labels, held.metadata.labels)) return
  await client.update(nodes, { ...held, metadata: { ...held.metadata, labels } })
}

function initialMetadata({ config, facts }: KubeletWorld): ObjectMeta {
  return {
    name: config.nodeName,
    labels: {
      'kubernetes.io/hostname': config.nodeName,
      'kubernetes.io/os': facts.operatingSystem,
      'kubernetes.io/arch': facts.architecture,
      'beta.kubernetes.io/os': facts.operatingSystem,
      'beta.kubernetes.io/arch': facts.architecture,
      ...config.nodeLabels,
    },
    annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
  }
}

function initialSpec({ config }: KubeletWorld): NonNullable<Node['spec']> {
  const { podCidr, registerWithTaints } = config
  return {
    ...(podCidr === undefined ? {} : { podCIDR: podCidr, podCIDRs: [podCidr] }),
    ...(registerWithTaints.length > 0 ? { taints: registerWithTaints } : {}),
  }
}

/** Writes the status when it has changed, and at the latest every five minutes. */
async function report(state: State, world: KubeletWorld, signal: AbortSignal): Promise<void> {
  const { client, clock, config } = world
  const node = await client.get(nodes, { name: config.nodeName })
  // A runtime that does not answer is for the status to tell.
  await followPodCidr(state, node, world, signal).catch(() => undefined)
  const status = await statusOf(node, state, world, signal)
  const isDue = clock.monotonicMs() - state.reportedMs >= config.nodeStatusReportMs
  if (!isDue && state.reported && sameButForTimes(status, state.reported)) return
  const trigger = reasonOf(node, status)
  try {
    const caused = client.because({ actor: world.actor, trigger })
    await caused.update(nodes, { ...node, status }, { subresource: 'status' })
  } catch (error) {
    if (isConflict(error)) return
    throw error
  }
  tellChanges(node, status, world)
  state.reportedMs = clock.monotonicMs()
  state.reported = status
}

/** What of the node has changed, or that its status is due. */
function reasonOf(node: Stored<Node>, { conditions = [] }: NodeStatus): Trigger {
  const changed = conditions.filter(({ type, status }) => {
    const before = node.status?.conditions?.find((each) => each.type === type)
    return before?.status !== status
  })
  if (changed.length === 0) return { kind: 'timer', purpose: 'report the node' }
  const parts = changed.map(({ type, status, message }) => `${type} is ${status}: ${message}`)
  return saw(parts.join('; '))
}

function sameButForTimes(a: NodeStatus, b: NodeStatus): boolean {
  const timeless = (status: NodeStatus) => ({
    ...status,
    conditions: status.conditions?.map(({ lastHeartbeatTime: _, ...rest }) => rest),
  })
  return deepEqual(timeless(a), timeless(b))
}

function tellChanges(node: Stored<Node>, status: NodeStatus, world: KubeletWorld): void {
  for (const condition of status.conditions ?? []) {
    const before = node.status?.conditions?.find(({ type }) => type === condition.type)
    const reason = before?.status === condition.status ? undefined : conditionEvent(condition)
    if (!reason) continue
    const message = `Node ${world.config.nodeName} status is now: ${reason}`
    world.events.event(reference(world), { type: 'Normal', reason, message })
  }
}

async function statusOf(
  node: Stored<Node> | undefined,
  state: State,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<NodeStatus> {
  const { host, runtime, config, facts, clock } = world
  const readings = await host.node.readings(signal)
  state.resources = nodeResources(facts, readings.nodeFs, config)
  const version = await runtime.version(signal).catch(() => undefined)
  const images = await runtime.images.list({}, signal).catch(() => [])
  const pressure = state.pressure()
  const findings = {
    runtimeFault: state.runtimeFault,
    memoryPressure: pressure.memory,
    diskPressure: pressure.disk,
    pidPressure: pressure.pid,
  }
  return {
    ...node?.status,
    capacity: state.resources.capacity,
    allocatable: state.resources.allocatable,
    conditions: nodeConditions(findings, node?.status?.conditions ?? [], clock.wallMs()),
    addresses: [
      ...config.nodeIps.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: config.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    nodeInfo: {
      machineID: facts.machineId,
      systemUUID: facts.systemUuid,
      bootID: facts.bootId,
      kernelVersion: facts.kernelVersion,
      osImage: facts.osImage,
      containerRuntimeVersion: version ? `${version.name}://${version.version}` : '',
      kubeletVersion: config.version,
      kubeProxyVersion: '',
      operatingSystem: facts.operatingSystem,
      architecture: facts.architecture,
    },
    images: largestImages(images),
  }
}

const reportedImages = 50

function largestImages(
  images: readonly {
    readonly repoTags: readonly string[]
    readonly repoDigests: readonly string[]
    readonly sizeBytes: number
  }[],
) {
  return images
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, reportedImages)
    .map(({ repoTags, repoDigests, sizeBytes }) => ({
      names: [...repoDigests, ...repoTags].slice(0, 5),
      sizeBytes,
    }))
}

/**
 * The heartbeat: a lease that the control plane watches. The last one written is written again, and
 * read only when somebody else has changed it (upstream: component-helpers/apimachinery/lease).
 */
async function renew(state: State, { client, clock, config }: KubeletWorld): Promise<void> {
  const key = { namespace: leaseNamespace, name: config.nodeName }
  const spec = {
    holderIdentity: config.nodeName,
    leaseDurationSeconds: config.leaseDurationSeconds,
    renewTime: formatMicroTime(clock.wallMs()),
  }
  const update = (held: Stored<Lease>) =>
    client.update(leases, { ...held, spec: { ...held.spec, ...spec } })
  const { lease } = state
  state.lease = undefined
  try {
    state.lease = lease && (await update(lease))
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error
  }
  if (state.lease) return
  try {
    state.lease = await update(await client.get(leases, key))
  } catch (error) {
    if (!isNotFound(error)) throw error
    state.lease = await client.create(leases, { metadata: key, spec })
  }
}
