import { type Pod, pods, resourceClaims, resourceClaimTemplates } from '#api'
import { messageOf } from '#lib'
import { controllerOf, keyOf, type Stored } from '#machinery'
import { notFound } from '#machinery/status'
import type { ReconcileContext } from '../runner/controller.ts'
import type { ClaimCaches } from './caches.ts'
import { claimFor, claimNameOf, type DeviceClaimObject, isMadeFor } from './plan.ts'

type PodClaim = NonNullable<NonNullable<Pod['spec']>['resourceClaims']>[number]

/** Makes the claims that a pod waits for, and tells the pod their names; reserves those that are allocated. */
export async function syncClaimsOfPod(
  key: string,
  cache: ClaimCaches,
  context: ReconcileContext,
): Promise<void> {
  const pod = cache.pods.get(key)
  if (!pod || pod.metadata.deletionTimestamp) return
  const made = new Map<string, string>()
  for (const podClaim of pod.spec?.resourceClaims ?? []) {
    try {
      const claim = await madeClaim(pod, podClaim, cache, context)
      if (claim) made.set(podClaim.name, claim.metadata.name)
    } catch (error) {
      const message = `PodResourceClaim ${podClaim.name}: ${messageOf(error)}`
      const about = { type: 'Warning', reason: 'FailedResourceClaimCreation', message } as const
      context.events.event(pod, about)
      throw new Error(`pod ${key}, ${message}`)
    }
  }
  if (made.size > 0) await writeNames(pod, made, context)
  // Before that the scheduler reserves.
  if (pod.spec?.nodeName) await reserveAll(pod, cache, context)
}

/** A claim that the pod is to be told of; undefined where it knows its claim, or has to wait for another. */
async function madeClaim(
  pod: Stored<Pod>,
  podClaim: PodClaim,
  cache: ClaimCaches,
  context: ReconcileContext,
): Promise<DeviceClaimObject | undefined> {
  const { resourceClaimTemplateName: templateName } = podClaim
  if (templateName === undefined) return undefined
  const { namespace = '' } = pod.metadata
  const known = claimNameOf(pod, podClaim)
  if (known.isMade) {
    if (known.name === undefined) return undefined
    const claim = cache.claims.get(keyOf({ namespace, name: known.name }))
    if (claim && controllerOf(claim)?.uid === pod.metadata.uid) return undefined
  }
  const orphan = cache.claims
    .by('owner', pod.metadata.uid)
    .find((claim) => isMadeFor(claim, pod, podClaim))
  if (orphan) return orphan
  const template = cache.templates.get(keyOf({ namespace, name: templateName }))
  if (!template) {
    const { message } = notFound(resourceClaimTemplates, templateName)
    throw new Error(`resource claim template ${JSON.stringify(templateName)}: ${message}`)
  }
  const claim = await createClaim(pod, podClaim, template, context)
  // Who comes by here again must not make another.
  await cache.claims.until(() => cache.claims.get(keyOf(claim)) !== undefined, context.signal)
  return claim
}

async function createClaim(
  pod: Stored<Pod>,
  podClaim: PodClaim,
  template: Parameters<typeof claimFor>[2],
  { client }: ReconcileContext,
): Promise<DeviceClaimObject> {
  try {
    return await client.create(resourceClaims, claimFor(pod, podClaim, template, pods))
  } catch (error) {
    // Upstream names the claim, which has no name yet.
    throw new Error(`create ResourceClaim : ${messageOf(error)}`)
  }
}

async function writeNames(
  pod: Stored<Pod>,
  made: ReadonlyMap<string, string>,
  { client }: ReconcileContext,
): Promise<void> {
  const before = (pod.status?.resourceClaimStatuses ?? []).filter(({ name }) => !made.has(name))
  const resourceClaimStatuses = [
    ...before,
    ...[...made].map(([name, resourceClaimName]) => ({ name, resourceClaimName })),
  ]
  const { namespace, name } = pod.metadata
  const patch = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: pod.metadata.uid },
    status: { resourceClaimStatuses },
  }
  const fieldManager = 'ResourceClaimController'
  await client.patch(
    pods,
    namespace === undefined ? { name } : { namespace, name },
    { kind: 'apply', patch, fieldManager, force: true },
    { subresource: 'status' },
  )
}

/** Pods that were given a node without the scheduler have their claims reserved here. */
async function reserveAll(
  pod: Stored<Pod>,
  cache: ClaimCaches,
  { client }: ReconcileContext,
): Promise<void> {
  const { namespace = '', name: podName, uid } = pod.metadata
  for (const podClaim of pod.spec?.resourceClaims ?? []) {
    const { name } = claimNameOf(pod, podClaim)
    if (name === undefined) continue
    const claim = cache.claims.get(keyOf({ namespace, name }))
    if (!claim) return
    const isForeign =
      podClaim.resourceClaimTemplateName !== undefined && controllerOf(claim)?.uid !== uid
    const { allocation, reservedFor = [] } = claim.status ?? {}
    if (isForeign || !allocation || reservedFor.some((consumer) => consumer.uid === uid)) continue
    const consumer = { resource: 'pods', name: podName, uid }
    const status = { ...claim.status, reservedFor: [...reservedFor, consumer] }
    await client.update(resourceClaims, { ...claim, status }, { subresource: 'status' })
  }
}
