import { nodes, type Pod, pods } from '#api'
import type { Client } from '#client'
import type { Clock } from '#lib'
import { isNotFound, isTooManyRequests, type KubeObject, type Stored } from '#machinery'
import type { Terminal } from './command.ts'

/** How long to wait before asking again for an eviction that a budget refuses. */
const retryMs = 5_000

interface DrainWorld {
  readonly clock: Clock
  readonly terminal: Terminal
}

/** Cordons a node and evicts its pods, as `kubectl drain --ignore-daemonsets` does. */
export async function drainNode(client: Client, name: string, world: DrainWorld): Promise<void> {
  await client.patch(nodes, { name }, { kind: 'merge', patch: { spec: { unschedulable: true } } })
  world.terminal.out(`node/${name} cordoned\n`)
  const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${name}` })
  await Promise.all(items.filter(isEvictable).map((pod) => evict(client, pod, world)))
  world.terminal.out(`node/${name} drained\n`)
}

function isEvictable({ metadata }: Stored<Pod>): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller)
  return owner?.kind !== 'DaemonSet' && !metadata.annotations?.['kubernetes.io/config.mirror']
}

async function evict(
  client: Client,
  { metadata }: Stored<Pod>,
  { clock, terminal }: DrainWorld,
): Promise<void> {
  const { name, namespace = '', uid } = metadata
  const body: KubeObject = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
  }
  for (;;) {
    try {
      await client.createSubresource(pods, { name, namespace }, 'eviction', body)
      break
    } catch (error) {
      if (isNotFound(error)) return
      if (!isTooManyRequests(error)) throw error
      await clock.sleep(retryMs)
    }
  }
  terminal.out(`pod/${name} evicted\n`)
  await gone(client, { name, namespace, uid }, clock)
}

async function gone(
  client: Client,
  { name, namespace, uid }: { name: string; namespace: string; uid: string },
  clock: Clock,
): Promise<void> {
  for (;;) {
    try {
      const pod = await client.get(pods, { name, namespace })
      if (pod.metadata.uid !== uid) return
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
    await clock.sleep(250)
  }
}
