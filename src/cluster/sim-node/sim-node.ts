import type { Clock, Logger, SeededRandom } from '#lib'
import { matchesLabels, parseLabelSelector } from '#machinery/selectors'
import {
  createNodeHandle,
  type FaultState,
  freezable,
  type LinkFault,
  type NodeHandle,
  type NodeMachine,
  type NodeRegistration,
  noFaults,
  runNode,
} from '#node'
import {
  type BehaviourRules,
  createDisk,
  createSimHost,
  createSimNetwork,
  createSimRuntime,
  type ImageWorld,
  type Impairment,
  type MemoryDisk,
  type SavedDisk,
  type SavedHost,
  type SimFabric,
  type SimHost,
  type SimNetwork,
  type SimRuntime,
  type SimRuntimeState,
  skewedClock,
} from '#sim'
import type { AddressFamily } from '../control-plane/networks.ts'
import { kubernetesVersion } from '../control-plane/version.ts'
import { partitionFromApi } from './api-endpoint.ts'

import type { SimNodeSpec } from './node-spec.ts'
import { createSimulationEvents, type SimulationEvents } from './simulation-events.ts'

/** What all simulated nodes share. */
export interface SimNodeWorld {
  /** How a node joins the cluster: in this process, or over HTTPS. */
  register(name: string): NodeRegistration
  readonly clock: Clock
  readonly random: SeededRandom
  readonly log: Logger
  readonly fabric: SimFabric
  readonly images: ImageWorld
  readonly behaviours: BehaviourRules | undefined
  readonly clusterDomain: string
  /** The families of its networks, the default one first. */
  readonly families: readonly AddressFamily[]
  /** Where pods ask for names, and whether the nodes answer there themselves. */
  readonly dns: { readonly addresses: readonly string[]; readonly isOwn: boolean }
}

/** A machine that was saved. */
export interface SavedSimNode {
  readonly disk: SavedDisk
  readonly host: SavedHost
  readonly runtime: SimRuntimeState
}

/** A machine in memory, with its kubelet and proxy. */
export interface SimNode extends NodeHandle {
  readonly ip: string
  readonly network: SimNetwork
  /** Whether what serves a port of a pod was sent its stop signal already. */
  isStopping(podUid: string, port: number): boolean
  /** Paths of all files on its disk below a directory, sorted. */
  files(below: string): readonly string[]
  /** Returns the content of a file on its disk; undefined where there is none. */
  read(path: string): Uint8Array | undefined
  /** How many steps of scripts the running containers of each pod have computed, by `namespace/name`. */
  computed(): ReadonlyMap<string, number>
  save(): SavedSimNode
}

/** `index` counts the nodes of a cluster from 0; the node's address follows from it. */
export function createSimNode(
  world: SimNodeWorld,
  spec: SimNodeSpec,
  index: number,
  saved?: SavedSimNode,
): SimNode {
  const { name, labels = {}, taints = [] } = spec
  const ips = world.families.map((family) => nodeAddress(family, index))
  const [ip = ''] = ips
  const random = world.random.fork(`node/${name}`)
  let offsetMs = 0
  const events = createSimulationEvents()
  const seams = createSeams(world, spec, { ips, random, saved, events })
  const { runtime, host, network, disk } = seams
  const handle = createNodeHandle({
    name,
    clock: skewedClock(world.clock, () => offsetMs),
    machine: machineOf(name, world.fabric, seams, (ms) => {
      offsetMs = ms
    }),
    run: ({ freezer, clock, link }, signal) => {
      const registration = world.register(name)
      events.start({ registration, clock, random: random.fork('events/simulation') }, signal)
      return runNode(
        {
          registration,
          ips,
          version: kubernetesVersion,
          config: { nodeLabels: labels, registerWithTaints: taints },
          clock,
          random,
          log: world.log,
          runtime: freezable(runtime, freezer),
          network: freezable(network, freezer),
          host,
          link,
        },
        signal,
      )
    },
  })
  return {
    ...handle,
    ip,
    network,
    computed: () => runtime.computed(),
    isStopping: (podUid, port) => runtime.isStopping(podUid, port),
    files: (below) => filesBelow(disk, below),
    read: (path) => {
      const node = disk.locate(path, true)?.node
      return node?.kind === 'file' ? node.bytes.slice(0, node.sizeBytes) : undefined
    },
    save: () => ({ disk: disk.save(), host: host.save(), runtime: runtime.save() }),
  }
}

interface Place {
  readonly ips: readonly string[]
  readonly random: SeededRandom
  readonly saved: SavedSimNode | undefined
  readonly events: SimulationEvents
}

function createSeams(
  world: SimNodeWorld,
  spec: SimNodeSpec,
  { ips, random, saved, events }: Place,
) {
  const { name, cpus, memoryBytes } = spec
  const { clock, fabric, images, behaviours } = world
  const disk = createDisk(clock, saved?.disk)
  // First of all: containers that were saved go on as soon as their runtime is there, and may ask others.
  const network = createSimNetwork({
    node: name,
    nodeIps: ips,
    fabric,
    clock,
    random: random.fork('network'),
    dns: { domain: world.clusterDomain, addresses: world.dns.addresses },
    servesNames: world.dns.isOwn,
    onRefused: (refused) => events.refused(refused, fabric),
  })
  const runtime = createSimRuntime(
    {
      node: name,
      nodeIps: ips,
      clock,
      random: random.fork('runtime'),
      fabric,
      disk,
      images,
      onGuess: events.guessed,
      clientFrom: network.clientFrom,
      ...(behaviours ? { behaviours } : {}),
    },
    saved?.runtime,
  )
  const host = createSimHost({
    name,
    addresses: ips,
    clock,
    random: random.fork('host'),
    disk,
    load: runtime.load,
    machine: {
      ...(cpus === undefined ? {} : { cpus }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    },
    ...(saved ? { saved: saved.host } : {}),
  })
  return { disk, runtime, host, network }
}

interface Seams {
  readonly runtime: SimRuntime
  readonly host: SimHost
  readonly network: SimNetwork
}

/** What faults do beneath the kubelet of a simulated node: everything. */
function machineOf(
  name: string,
  fabric: SimFabric,
  { runtime, host, network }: Seams,
  skew: (ms: number) => void,
): NodeMachine {
  return {
    // The language types keys as any text; these are all of FaultState's.
    // Cast: these are its keys.
    supports: Object.keys(noFaults) as (keyof FaultState)[],
    async become(condition) {
      const { engineDown, networkNotReady, clockOffsetMs, partition } = condition
      network.disturbNames({ down: condition.dnsDown, delayMs: condition.dnsDelayMs })
      partitionFromApi(fabric, name, partition)
      fabric.impair(name, condition.links.map(impairmentOf))
      network.holdServices(condition.heldServices)
      skew(clockOffsetMs)
      runtime.setFault({ engineDown, networkNotReady })
      host.setPressure(pressureOf(condition))
    },
    async crash() {
      runtime.crash()
      fabric.silence(name)
    },
    async boot() {
      host.boot()
      network.boot()
      fabric.restore(name)
    },
    harm: (podUid, container, how) => runtime.harm(podUid, container, how),
  }
}

function impairmentOf({ namespace, selector, ...link }: LinkFault): Impairment {
  if (namespace === undefined && selector === undefined) return link
  const picked = selector === undefined ? undefined : parseLabelSelector(selector)
  return {
    ...link,
    isAbout: ({ pod, labels }) =>
      pod !== undefined &&
      (namespace === undefined || pod.namespace === namespace) &&
      (picked === undefined || matchesLabels(picked, labels)),
  }
}

function filesBelow(disk: MemoryDisk, path: string): readonly string[] {
  const node = disk.locate(path, true)?.node
  if (node?.kind !== 'directory') return node ? [path] : []
  return [...node.entries.keys()].sort().flatMap((name) => filesBelow(disk, `${path}/${name}`))
}

/** 172.16.0.0/12 holds a million nodes, and so does fd00:172:16::/108. */
function nodeAddress(family: AddressFamily, index: number): string {
  const number = index + 2
  if (family === 'IPv6') {
    const [high, low] = [number >> 16, number & 65_535].map((part) => part.toString(16))
    return high === '0' ? `fd00:172:16::${low}` : `fd00:172:16::${high}:${low}`
  }
  return `172.${16 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
}

/** What is left of memory and disk under pressure: below every default threshold. */
const nearlyNothing = 1024 * 1024

function pressureOf({ memoryPressure, diskPressure }: FaultState) {
  return {
    ...(memoryPressure ? { memoryAvailableBytes: nearlyNothing } : {}),
    ...(diskPressure ? { diskAvailableBytes: nearlyNothing } : {}),
  }
}
