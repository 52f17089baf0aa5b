import { pods, type ResourceV1, resourceClaims } from '#api'
import { controllerOf, keyOf } from '#machinery'
import { isNotFound } from '#machinery/status'
import type { ReconcileContext } from '../runner/controller.ts'
import type { ClaimCaches } from './caches.ts'
import {
  type DeviceClaimObject,
  isDone,
  protection,
  releasedStatus,
  remainingConsumers,
} from './plan.ts'

type Consumer = ResourceV1.ResourceClaimConsumerReference

/** Takes pods that are over from those who have reserved a claim, and gives back what nobody has reserved. */
export async function syncClaim(
  key: string,
  cache: ClaimCaches,
  context: ReconcileContext,
): Promise<void> {
  const claim = cache.claims.get(key)
  if (!claim) return
  const gone = await goneConsumers(claim, cache, context)
  const remaining = remainingConsumers(claim, (consumer) => gone.has(consumer))
  const isProtected = claim.metadata.finalizers?.includes(protection) ?? false
  if (gone.size > 0) {
    await release(claim, releasedStatus(claim, remaining), context)
  } else if (isProtected && claim.metadata.deletionTimestamp && remaining.length === 0) {
    await release(claim, claim.status?.allocation && releasedStatus(claim, remaining), context)
  }
  if (remaining.length === 0) await removeUnused(claim, cache, context)
}

async function goneConsumers(
  { metadata, status }: DeviceClaimObject,
  cache: ClaimCaches,
  { client }: ReconcileContext,
): Promise<ReadonlySet<Consumer>> {
  const { namespace = '' } = metadata
  const gone = new Set<Consumer>()
  for (const consumer of status?.reservedFor ?? []) {
    if ((consumer.apiGroup ?? '') !== '' || consumer.resource !== 'pods') continue
    const { name, uid } = consumer
    const known = cache.pods.get(keyOf({ namespace, name }))
    // The scheduler may know of a pod before this cache does.
    const pod = known ?? (await client.get(pods, { namespace, name }).catch(absent))
    if (pod?.metadata.uid !== uid || (known && isDone(known))) gone.add(consumer)
  }
  return gone
}

function absent(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}

/** Guarded by the revision that was looked at: whoever reserves the claim meanwhile keeps it. */
async function release(
  claim: DeviceClaimObject,
  status: ResourceV1.ResourceClaimStatus | undefined,
  { client }: ReconcileContext,
): Promise<void> {
  const written = status
    ? await client.update(resourceClaims, { ...claim, status }, { subresource: 'status' })
    : claim
  const { finalizers = [] } = written.metadata
  if (written.status?.allocation || !finalizers.includes(protection)) return
  const metadata = {
    ...written.metadata,
    finalizers: finalizers.filter((finalizer) => finalizer !== protection),
  }
  await client.update(resourceClaims, { ...written, metadata })
}

/** A claim that was made for a pod goes with it, be the pod still there to be looked at. */
async function removeUnused(
  claim: DeviceClaimObject,
  cache: ClaimCaches,
  { client }: ReconcileContext,
): Promise<void> {
  const owner = controllerOf(claim)
  const { namespace = '', name } = claim.metadata
  if (owner?.kind !== 'Pod' || owner.apiVersion !== 'v1') return
  const pod = cache.pods.get(keyOf({ namespace, name: owner.name }))
  // One that the cache does not know is left to the garbage collector.
  if (!pod || (pod.metadata.uid === owner.uid && !isDone(pod))) return
  await client.delete(resourceClaims, { namespace, name }).catch(absent)
}
