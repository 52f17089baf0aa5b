import type { Node, NodeStatus } from '#api'
import type { Pressure } from '../eviction/eviction-manager.ts'
import type { KubeletWorld } from '../world.ts'
import { type NodeResources, nodeResources } from './capacity.ts'
import { nodeConditions } from './conditions.ts'

/** What the kubelet found out about its machine besides what it reads for a report. */
export interface NodeFindings {
  readonly runtimeFault: string | undefined
  readonly pressure: Pressure
}

/** The status of the node as it is now, and what it has for pods. */
export async function nodeStatusNow(
  node: Node | undefined,
  { runtimeFault, pressure }: NodeFindings,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<{ readonly status: NodeStatus; readonly resources: NodeResources }> {
  const { host, runtime, config, facts, clock } = world
  const [readings, version, images] = await Promise.all([
    host.node.readings(signal),
    runtime.version(signal).catch(() => undefined),
    runtime.images.list({}, signal).catch(() => []),
  ])
  const resources = nodeResources(facts, readings.nodeFs, config)
  const findings = {
    runtimeFault,
    memoryPressure: pressure.memory,
    diskPressure: pressure.disk,
    pidPressure: pressure.pid,
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
      containerRuntimeVersion: version ? `${version.name}://${version.version}` : '',
      kubeletVersion: config.version,
      kubeProxyVersion: '',
      operatingSystem: facts.operatingSystem,
      architecture: facts.architecture,
    },
    images: largestImages(images),
  }
  return { status, resources }
}

/** Resources that others have put on the node, such as `example.com/dongle`: they stay theirs. */
function extended(node: Node | undefined): Readonly<Record<string, string>> {
  const held = Object.entries(node?.status?.capacity ?? {})
  return Object.fromEntries(held.filter(([name]) => name.includes('/')))
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
