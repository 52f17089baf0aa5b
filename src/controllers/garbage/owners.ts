import type { Client } from '#client'
import { type KubeObject, keyOf, type OwnerReference, type Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import type { Found, Monitors } from './monitors.ts'
import { isAwaiting, type Judged, type Owner, ownersOf } from './plan.ts'

/**
 * Whether the caches alone show that nothing is to be done: all owners stand where the references
 * say. What they do not show, the API is asked about.
 */
export function hasOnlySolidOwners({ object }: Found, monitors: Monitors): boolean {
  return ownersOf(object).every((reference) => {
    const namespace = object.metadata.namespace
    return monitors.byUid(reference.uid).some((owner) => {
      const { metadata } = owner.object
      const reachable = owner.resource.scope === 'Cluster' || metadata.namespace === namespace
      const named = metadata.name === reference.name && owner.resource.kind === reference.kind
      return reachable && named && !isAwaiting(owner.object)
    })
  })
}

/** A cluster-scoped object names a namespaced owner, which cannot be looked up: it is left alone. */
export class NamespacedOwnerError extends Error {}

/** Asks the API about every owner of `object`. */
export async function judgeOwners(
  object: Stored,
  monitors: Monitors,
  client: Client,
): Promise<readonly Judged[]> {
  const judged: Judged[] = []
  for (const reference of ownersOf(object)) {
    judged.push({ reference, owner: await judgeOwner(reference, object, { monitors, client }) })
  }
  return judged
}

async function judgeOwner(
  reference: OwnerReference,
  { metadata }: Stored,
  { monitors, client }: { readonly monitors: Monitors; readonly client: Client },
): Promise<Owner> {
  const resource = monitors.resourceOf(reference)
  if (!resource) {
    throw new Error(`no resource serves ${reference.apiVersion}, Kind=${reference.kind}`)
  }
  const { namespace } = metadata
  if (resource.scope === 'Namespaced' && namespace === undefined) {
    throw new NamespacedOwnerError('cluster-scoped objects cannot refer to namespaced owners')
  }
  const at = resource.scope === 'Namespaced' && namespace ? { namespace } : {}
  const owner = await getOrNothing(() => client.get(resource, { ...at, name: reference.name }))
  if (owner?.metadata.uid !== reference.uid) return { kind: 'absent' }
  return { kind: isAwaiting(owner) ? 'waiting' : 'solid' }
}

/** What `get` gives; undefined when the API says that it is not there. */
export async function getOrNothing<T>(get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get()
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** The reference to an owner that exists, but where this object cannot refer to it. */
export function misplacedOwner({ object }: Found, monitors: Monitors): OwnerReference | undefined {
  const { namespace } = object.metadata
  return ownersOf(object).find(({ uid }) =>
    monitors
      .byUid(uid)
      .some((owner) => owner.resource.scope === 'Namespaced' && namespaceOf(owner) !== namespace),
  )
}

function namespaceOf({ object }: { readonly object: KubeObject }): string | undefined {
  return object.metadata?.namespace
}

/** `[v1/ConfigMap, namespace: a, name: b, uid: c]`, as upstream writes it. */
export function formatReference(
  { apiVersion, kind, name, uid }: OwnerReference,
  { metadata }: Stored,
): string {
  return `[${apiVersion}/${kind}, namespace: ${metadata.namespace ?? ''}, name: ${name}, uid: ${uid}]`
}

/** For logs: the object's name with the resource's. */
export function describe({ resource, object }: Found): string {
  return `${resource.plural} ${keyOf(object)}`
}
