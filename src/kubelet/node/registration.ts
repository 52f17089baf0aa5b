import { type Node, type NodeStatus, nodes } from '#api'
import { messageOf } from '#lib'
import { deepEqual, type ObjectMeta, type Stored } from '#machinery'
import { isAlreadyExists } from '#machinery/status'
import { observation } from '../model/triggers.ts'
import type { KubeletWorld } from '../model/world.ts'

const registerRetryMs = 1_000

/**
 * Makes the node's object, or takes on the one of an earlier run; tries until it succeeds. Gives
 * the object, undefined when it was told to stop.
 */
export async function register(
  world: KubeletWorld,
  firstStatus: () => Promise<NodeStatus>,
  signal: AbortSignal,
): Promise<Stored<Node> | undefined> {
  const { clock, config, log, actor } = world
  const client = world.client.because({ actor, trigger: observation('the kubelet starts') })
  while (!signal.aborted) {
    try {
      // Nodes are the kind whose status may come with its first write (upstream: initialNode).
      return await client.create(nodes, {
        metadata: initialMetadata(world),
        spec: initialSpec(world),
        status: await firstStatus(),
      })
    } catch (error) {
      if (signal.aborted) return undefined
      if (isAlreadyExists(error)) return adopt({ ...world, client })
      log.warn('cannot register the node', { node: config.nodeName, error: messageOf(error) })
      await clock.sleep(registerRetryMs, signal).catch(() => undefined)
    }
  }
  return undefined
}

/** The object of an earlier run is kept; only labels that the kubelet owns are brought up to date. */
async function adopt(world: KubeletWorld): Promise<Stored<Node>> {
  const { client, config } = world
  const held = await client.get(nodes, { name: config.nodeName })
  const labels = { ...held.metadata.labels, ...initialMetadata(world).labels }
  if (deepEqual(labels, held.metadata.labels)) return held
  return client.update(nodes, { ...held, metadata: { ...held.metadata, labels } })
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
  const { podCidrs, registerWithTaints } = config
  return {
    ...(podCidrs?.[0] === undefined ? {} : { podCIDR: podCidrs[0], podCIDRs: podCidrs }),
    ...(registerWithTaints.length > 0 ? { taints: registerWithTaints } : {}),
  }
}
