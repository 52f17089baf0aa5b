import type { Client, Informer } from '#client'
import {
  controllerReference,
  type KubeObject,
  keyOf,
  type ResourceRef,
  type Stored,
} from '#machinery'
import { isInvalid, isNotFound } from '#machinery/status'
import type { ReconcileContext } from '../runner/controller.ts'
import type { Claims } from './adoption.ts'

/** Who claims, and as what kind its references name it. */
export interface Claimant {
  readonly owner: Stored<KubeObject>
  readonly kind: ResourceRef
}

/** Carries out adoptions and releases; gives all that the owner holds afterwards. */
export async function settleClaims<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  claimant: Claimant,
  claims: Claims<Stored<T>>,
): Promise<readonly Stored<T>[]> {
  const adopted: Stored<T>[] = []
  for (const orphan of claims.adopt) {
    const patch = adoptionPatch(claimant, orphan)
    const taken = await patchMetadata(client, resource, orphan, patch)
    if (taken) adopted.push(taken)
  }
  for (const stray of claims.release) {
    await patchMetadata(client, resource, stray, releasePatch(claimant.owner, stray))
  }
  // What is owned already comes in this order.
  if (adopted.length === 0) return claims.owned
  return [...claims.owned, ...adopted].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** The uid in a patch guards against an object of the same name made anew in the meantime. */
function adoptionPatch({ owner, kind }: Claimant, orphan: Stored<KubeObject>): unknown {
  const ownerReferences = [controllerReference(owner, kind)]
  return { metadata: { uid: orphan.metadata.uid, ownerReferences } }
}

function releasePatch(owner: Stored<KubeObject>, stray: Stored<KubeObject>): unknown {
  const ownerReferences = [{ $patch: 'delete', uid: owner.metadata.uid }]
  return { metadata: { uid: stray.metadata.uid, ownerReferences } }
}

async function patchMetadata<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  object: Stored<T>,
  patch: unknown,
): Promise<Stored<T> | undefined> {
  try {
    return await client.patch(resource, object.metadata, { kind: 'strategic', patch })
  } catch (error) {
    // Gone, or no longer the same object: nothing to claim.
    if (isNotFound(error) || isInvalid(error)) return undefined
    throw error
  }
}

/** How long a writer waits to see its own write (upstream's expectations time out after 5 minutes). */
const patienceMs = 300_000

/** What a wait for a cache needs of the reconcile in which it happens. */
type Waiting = Pick<ReconcileContext, 'clock' | 'signal'>

/** Waits until the cache has what was just written, so that the next decision is not made on old data. */
export async function untilObserved<T extends KubeObject>(
  informer: Informer<T>,
  written: Stored<T>,
  waiting: Waiting,
): Promise<void> {
  const wanted = Number(written.metadata.resourceVersion)
  await untilInCache(informer, () => Number(informer.resourceVersion) >= wanted, waiting)
}

/** Waits until a deleted object is gone from the cache or marked as leaving. */
export async function untilLeaving<T extends KubeObject>(
  informer: Informer<T>,
  object: Stored<T>,
  waiting: Waiting,
): Promise<void> {
  const left = () => {
    const held = informer.get(keyOf(object))
    return (
      held?.metadata.uid !== object.metadata.uid || held.metadata.deletionTimestamp !== undefined
    )
  }
  await untilInCache(informer, left, waiting)
}

async function untilInCache(
  informer: Pick<Informer<KubeObject>, 'until'>,
  condition: () => boolean,
  { clock, signal }: Waiting,
): Promise<void> {
  if (condition()) return
  const patience = new AbortController()
  using _timer = clock.timer(patienceMs, () => patience.abort())
  try {
    await informer.until(condition, AbortSignal.any([signal, patience.signal]))
  } catch (error) {
    if (signal.aborted) throw error
  }
}
