import type { Node, NodeStatus } from '#api'
import type { FilesystemUsage } from '#host'
import { deepEqual } from '#machinery'
import type { Pressure } from '../eviction/eviction-manager.ts'
import type { KubeletWorld } from '../model/world.ts'
import type { NodeResources } from './capacity.ts'
import { nodeConditions } from './conditions.ts'
import type { ImageList } from './image-list.ts'
import type { RuntimeState } from './runtime-state.ts'

/** Whom the kubelet asks about its machine for a report. */
export interface NodeSources {
  /** Asked once the runtime has answered, or not: that may take two minutes. */
  readonly runtimeFault: () => string | undefined
  readonly abilities: RuntimeState['abilities']
  readonly pressure: () => Pressure
  readonly images: ImageList
  readonly resourcesOf: (nodeFs: FilesystemUsage) => NodeResources
}

/** What was found out. The parts are the very same ones for as long as they say the same. */
export interface NodeFindings {
  readonly resources: NodeResources
  readonly runtimeVersion: string
  readonly runtimeFault: string | undefined
  readonly abilities: ReturnType<RuntimeState['abilities']>
  readonly pressure: Pressure
  readonly images: NonNullable<NodeStatus['images']>
}

export async function findOut(
  { runtimeFault, abilities, pressure, images, resourcesOf }: NodeSources,
  { host, runtime }: KubeletWorld,
  signal: AbortSignal,
): Promise<NodeFindings> {
  // All are asked at once; only the first can fail.
  const filesystem = host.node.filesystem(host.paths.root, signal)
  const versioned = runtime.version(signal).catch(() => undefined)
  const listed = images(signal)
  const [nodeFs, version, found] = [await filesystem, await versioned, await listed]
  return {
    resources: resourcesOf(nodeFs),
    runtimeVersion: `${version?.name ?? 'containerd'}://${version?.version ?? 'Unknown'}`,
    runtimeFault: runtimeFault(),
    abilities: abilities(),
    pressure: pressure(),
    images: found,
  }
}

/** Whether nothing else was found out: then a status would say the same again. */
export function isSameFindings(a: NodeFindings, b: NodeFindings): boolean {
  return (
    a.resources === b.resources &&
    a.runtimeVersion === b.runtimeVersion &&
    a.runtimeFault === b.runtimeFault &&
    a.abilities === b.abilities &&
    a.images === b.images &&
    deepEqual(a.pressure, b.pressure)
  )
}

/** The status of the node, from what was found out. */
export function nodeStatus(
  node: Node | undefined,
  { resources, runtimeVersion, runtimeFault, abilities, pressure, images }: NodeFindings,
  { config, facts, clock }: KubeletWorld,
): NodeStatus {
  const verdicts = {
    runtimeFault,
    memoryPressure: pressure.memory,
    diskPressure: pressure.disk,
    pidPressure: pressure.pid,
  }
  return {
    ...node?.status,
    capacity: { ...extended(node), ...resources.capacity },
    allocatable: { ...extended(node), ...resources.allocatable },
    conditions: nodeConditions(verdicts, node?.status?.conditions ?? [], clock.wallMs()),
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
      containerRuntimeVersion: runtimeVersion,
      kubeletVersion: config.version,
      kubeProxyVersion: '',
      operatingSystem: facts.operatingSystem,
      architecture: facts.architecture,
    },
    images,
    ...abilitiesOf(abilities),
  }
}

/** Handlers by name, so that the status does not change with the order in which they are told. */
function abilitiesOf({
  handlers,
  supplementalGroupsPolicy,
}: NodeFindings['abilities']): Pick<NodeStatus, 'runtimeHandlers' | 'features'> {
  const runtimeHandlers = handlers
    .map(({ name, ...features }) => ({ name, features }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ...(runtimeHandlers.length > 0 && { runtimeHandlers }),
    features: { supplementalGroupsPolicy },
  }
}

/** Resources that others have put on the node, such as `example.com/dongle`: they stay theirs. */
function extended(node: Node | undefined): Readonly<Record<string, string>> {
  const held = Object.entries(node?.status?.capacity ?? {})
  return Object.fromEntries(held.filter(([name]) => name.includes('/')))
}
