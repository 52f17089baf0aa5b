import { nodes } from '#api'
import type { Client } from '#client'
import { KnarrError, type Logger, seededRandom, systemClock } from '#lib'
import { createFabric, createImageWorld, parseBehaviourFile } from '#sim'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { familiesOf } from '../control-plane/networks.ts'
import { registrationIn } from '../control-plane/node-registration.ts'
import { dnsOf } from '../control-plane/parts.ts'
import { createSimNode, type SimNode } from '../sim-node/sim-node.ts'
import type { ClusterOptions } from './options.ts'
import { removeNodeObjects } from './surplus-nodes.ts'

/** Marks simulated nodes beside real ones: what does not ask for them stays on real ones. */
const simulatedMark = 'sim.knarr.dev/simulated'

/** `sim-1`, `sim-2`… */
export function simulatedNodeNames({
  simNodes,
}: Pick<ClusterOptions, 'simNodes'>): readonly string[] {
  return Array.from({ length: simNodes }, (_, index) => `sim-${index + 1}`)
}

/**
 * Nodes of a real cluster whose machines are in memory. They live on wall time as everything else
 * there; their pods reach each other, and no real pod. When knarr ends they lose what ran on them,
 * as a machine that loses its power does.
 */
export function createSimulatedNodes(
  options: ClusterOptions,
  plane: ControlPlane,
  log: Logger,
): readonly SimNode[] {
  const { behaviours, clusterDomain } = options
  const world = {
    register: (name: string) => registrationIn(plane, name),
    clock: systemClock,
    random: seededRandom(`simulated nodes/${systemClock.wallMs()}`),
    log,
    fabric: createFabric(),
    images: createImageWorld({ clock: systemClock }),
    behaviours: behaviours === undefined ? undefined : parseBehaviourFile(behaviours),
    clusterDomain,
    families: familiesOf(options),
    dns: dnsOf(options),
  }
  const marks = {
    labels: {
      [simulatedMark]: 'true',
      // Nobody outside reaches their addresses.
      'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
    },
    taints: [{ key: simulatedMark, value: 'true', effect: 'NoSchedule' }],
  }
  return simulatedNodeNames(options).map((name, index) =>
    createSimNode(world, { name, ...marks }, index),
  )
}

/** Takes away the objects of an earlier run that had more of them. */
export async function removeSurplusSimulated(
  options: ClusterOptions,
  client: Client,
): Promise<void> {
  const wanted = new Set(simulatedNodeNames(options))
  const { items } = await client.list(nodes, { labelSelector: `${simulatedMark}=true` })
  for (const { metadata } of items) {
    if (!wanted.has(metadata.name)) await removeNodeObjects(metadata.name, client)
  }
}

/** Every node, real or simulated, takes a part of the pods' network. */
export function requireRoomForSimulated({ nodes, simNodes, podCidr }: ClusterOptions): void {
  const parts = podCidr.split(',').map((cidr) => {
    const maskSize = cidr.includes(':') ? 64 : 24
    return 2 ** (maskSize - Number(cidr.split('/')[1]))
  })
  if (simNodes === 0 || nodes + simNodes <= Math.min(...parts)) return
  throw new KnarrError('PodCidrTooSmall', `${podCidr} has no room for ${nodes + simNodes} nodes`, {
    hint: 'Every node takes a /24, and of IPv6 a /64: choose a larger network with --pod-cidr.',
  })
}
