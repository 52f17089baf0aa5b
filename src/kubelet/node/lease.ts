import { type Lease, leases, type Node, nodes } from '#api'
import { formatMicroTime, type Stored } from '#machinery'
import { isConflict, isNotFound } from '#machinery/status'
import type { KubeletWorld } from '../model/world.ts'

const leaseNamespace = 'kube-node-lease'

type HeartbeatWorld = Pick<KubeletWorld, 'client' | 'clock' | 'config'>

/**
 * The heartbeat: renews a lease that the control plane watches. The last one written is written
 * again, and read only when somebody else has changed it (upstream:
 * component-helpers/apimachinery/lease). `nodeNow` is the node as it was last seen.
 */
export function createHeartbeat(
  world: HeartbeatWorld,
  nodeNow: () => Stored<Node> | undefined,
): () => Promise<void> {
  const { client, config } = world
  const key = { namespace: leaseNamespace, name: config.nodeName }
  const update = (held: Stored<Lease>) => {
    const node = held.metadata.ownerReferences?.length ? undefined : nodeNow()
    const metadata = node ? { ...held.metadata, ...ownedBy(node) } : held.metadata
    return client.update(leases, { ...held, metadata, spec: { ...held.spec, ...specNow(world) } })
  }
  let last: Stored<Lease> | undefined
  return async () => {
    const held = last
    last = undefined
    try {
      last = held && (await update(held))
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error
    }
    if (last) return
    try {
      last = await update(await client.get(leases, key))
    } catch (error) {
      if (!isNotFound(error)) throw error
      const node = nodeNow() ?? (await client.get(nodes, { name: config.nodeName }))
      const metadata = { ...key, ...ownedBy(node) }
      last = await client.create(leases, { metadata, spec: specNow(world) })
    }
  }
}

function specNow({ clock, config }: HeartbeatWorld) {
  return {
    holderIdentity: config.nodeName,
    leaseDurationSeconds: config.leaseDurationSeconds,
    renewTime: formatMicroTime(clock.wallMs()),
  }
}

/** So that it goes with its node (upstream: SetNodeOwnerFunc). */
function ownedBy({ metadata: { name, uid } }: Stored<Node>) {
  return { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] }
}
