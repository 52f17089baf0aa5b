import type { Node, NodeStatus } from '#api'
import type { FilesystemUsage } from '#host'
import type { Pressure } from '../eviction/eviction-manager.ts'
import type { KubeletWorld } from '../world.ts'
import type { NodeResources } from './capacity.ts'
import { nodeConditions } from './conditions.ts'
import type { ImageList } from './image-list.ts'
import type { RuntimeState } from './runtime-state.ts'

/** What the kubelet found out about its machine besides what it reads for a report. */
export interface NodeFindings {
  /** Asked once the runtime has answered, or not: that may take two minutes. */
  readonly runtimeFault: () => string | undefined
  readonly abilities: RuntimeState['abilities']
  readonly pressure: () => Pressure
  readonly images: ImageList
  readonly resourcesOf: (nodeFs: FilesystemUsage) => NodeResources
}

/** The status of the node as it is now, and what it has for pods. */
export async function nodeStatusNow(
  node: Node | undefined,
  { runtimeFault, abilities, pressure, images, resourcesOf }: NodeFindings,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<{ readonly status: NodeStatus; readonly resources: NodeResources }> {
  const { host, runtime, config, facts, clock } = world
  const [readings, version, found] = await Promise.all([
    host.node.readings(signal),
    runtime.version(signal).catch(() => undefined),
    images(signal),
  ])
  const resources = resourcesOf(readings.nodeFs)
  const { memory, disk, pid } = pressure()
  const findings = {
    runtimeFault: runtimeFault(),
    memoryPressure: memory,
    diskPressure: disk,
    pidPressure: pid,
  }
  const status = {
    ...node?.status,
    capacity: { ...extended(node), ...resources.capacity },
    allocatable: { ...extended(node), ...resources.allocatable },
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
      containerRuntimeVersion: `${version?.name ?? 'containerd'}://${version?.version ?? 'Unknown'}`,
      kubeletVersion: config.version,
      kubeProxyVersion: '',
      operatingSystem: facts.operatingSystem,
      architecture: facts.architecture,
    },
    images: found,
    ...abilitiesOf(abilities()),
  }
  return { status, resources }
}

/** Handlers by name, so that the status does not change with the order in which they are told. */
function abilitiesOf({
  handlers,
  supplementalGroupsPolicy,
}: ReturnType<NodeFindings['abilities']>): Pick<NodeStatus, 'runtimeHandlers' | 'features'> {
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
