import { type Lease, leases } from '#api'
import { formatMicroTime, isConflict, isNotFound, type Stored } from '#machinery'
import type { KubeletWorld } from '../world.ts'

const leaseNamespace = 'kube-node-lease'

/**
 * The heartbeat: renews a lease that the control plane watches. The last one written is written
 * again, and read only when somebody else has changed it (upstream:
 * component-helpers/apimachinery/lease).
 */
export function createHeartbeat({ client, clock, config }: KubeletWorld): () => Promise<void> {
  const key = { namespace: leaseNamespace, name: config.nodeName }
  let last: Stored<Lease> | undefined
  return async () => {
    const spec = {
      holderIdentity: config.nodeName,
      leaseDurationSeconds: config.leaseDurationSeconds,
      renewTime: formatMicroTime(clock.wallMs()),
    }
    const update = (held: Stored<Lease>) =>
      client.update(leases, { ...held, spec: { ...held.spec, ...spec } })
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
      last = await client.create(leases, { metadata: key, spec })
    }
  }
}
