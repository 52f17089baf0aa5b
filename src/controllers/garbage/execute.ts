import type { Client } from '#client'
import type { OwnerReference, Stored } from '#machinery'
import { isConflict, isInvalid, isNotFound, isUnsupportedMediaType } from '#machinery/status'
import type { ReconcileContext } from '../runner/controller.ts'
import type { Found, Monitors } from './monitors.ts'
import { formatReference, getOrNothing, judgeOwners, misplacedOwner } from './owners.ts'
import { isLeaving, judgeDependent, ownersOf } from './plan.ts'

/** Decides over an object by what the API says now, not the caches, and carries it out. */
export async function collectDependent(
  found: Found,
  monitors: Monitors,
  context: ReconcileContext,
): Promise<void> {
  const { client } = context
  const latest = await latestOf(found, client)
  if (!latest || isLeaving(latest)) return
  const now = { ...found, object: latest }
  warnMisplaced(now, monitors, context)
  const owners = await judgeOwners(latest, monitors, client)
  const dependents = monitors.dependentsOf(latest.metadata.uid).map(({ object }) => object)
  const verdict = judgeDependent(latest, owners, dependents)
  switch (verdict.kind) {
    case 'keep':
      return
    case 'drop-references':
      await dropReferences(now, verdict.uids, client)
      return
    case 'delete':
      if (verdict.unblock) await stopBlocking(now, client)
      await remove(now, verdict, client)
  }
}

/** Takes the references to a leaving owner off its dependents, which so outlive it. */
export async function releaseDependents(
  { object }: Found,
  monitors: Monitors,
  { client }: ReconcileContext,
): Promise<void> {
  const { uid } = object.metadata
  for (const dependent of monitors.dependentsOf(uid)) await dropReferences(dependent, [uid], client)
}

/** Lets an object go on: its finalizer has done its part. Conflicts are for the next attempt. */
export async function removeFinalizer(
  found: Found,
  finalizer: string,
  { client }: ReconcileContext,
): Promise<void> {
  const latest = await latestOf(found, client)
  if (!latest?.metadata.finalizers?.includes(finalizer)) return
  const finalizers = latest.metadata.finalizers.filter((each) => each !== finalizer)
  const { uid, resourceVersion } = latest.metadata
  const patch = { metadata: { uid, resourceVersion, finalizers } }
  await unlessGone(() => client.patch(found.resource, latest.metadata, { kind: 'merge', patch }))
}

/** The object as it is now; undefined when it is gone or another one has taken its name. */
async function latestOf({ resource, object }: Found, client: Client): Promise<Stored | undefined> {
  const latest = await getOrNothing(() => client.get(resource, object.metadata))
  return latest?.metadata.uid === object.metadata.uid ? latest : undefined
}

async function dropReferences(
  found: Found,
  uids: readonly string[],
  client: Client,
): Promise<void> {
  const removed = uids.map((uid) => ({ $patch: 'delete', uid }))
  const left = ownersOf(found.object).filter(({ uid }) => !uids.includes(uid))
  await patchReferences(found, { strategic: removed, merge: left }, client)
}

/** Two objects that wait for each other would wait for ever. */
async function stopBlocking(found: Found, client: Client): Promise<void> {
  const references = ownersOf(found.object)
  const blocking = references.filter(({ blockOwnerDeletion }) => blockOwnerDeletion)
  const strategic = blocking.map(({ uid }) => ({ uid, blockOwnerDeletion: false }))
  const merge = references.map((each) => ({ ...each, blockOwnerDeletion: false }))
  await patchReferences(found, { strategic, merge }, client)
}

interface ReferencePatch {
  readonly strategic: readonly unknown[]
  /** The whole list, for kinds that know no strategic patch. */
  readonly merge: readonly OwnerReference[]
}

async function patchReferences(
  { resource, object }: Found,
  { strategic, merge }: ReferencePatch,
  client: Client,
): Promise<void> {
  const { uid, resourceVersion } = object.metadata
  const patch = { metadata: { uid, ownerReferences: strategic } }
  await unlessGone(async () => {
    try {
      await client.patch(resource, object.metadata, { kind: 'strategic', patch })
    } catch (error) {
      if (!isUnsupportedMediaType(error)) throw error
      const whole = { metadata: { uid, resourceVersion, ownerReferences: merge } }
      await client.patch(resource, object.metadata, { kind: 'merge', patch: whole })
    }
  })
}

async function remove(
  { resource, object }: Found,
  { propagation }: { readonly propagation: 'Background' | 'Foreground' | 'Orphan' },
  client: Client,
): Promise<void> {
  const { uid, resourceVersion } = object.metadata
  // The version guards against an owner that was added since the owners were judged.
  const preconditions = { uid, resourceVersion }
  try {
    await client.delete(resource, object.metadata, {
      propagationPolicy: propagation,
      preconditions,
    })
  } catch (error) {
    if (isNotFound(error)) return
    if (!isConflict(error) || !(await hasSameOwners({ resource, object }, client))) throw error
    await unlessGone(() =>
      client.delete(resource, object.metadata, {
        propagationPolicy: propagation,
        preconditions: { uid },
      }),
    )
  }
}

/** Whether what made a delete conflict has left the owners as they were. */
async function hasSameOwners(found: Found, client: Client): Promise<boolean> {
  const latest = await latestOf(found, client)
  return JSON.stringify(ownersOf(latest)) === JSON.stringify(ownersOf(found.object))
}

/** Gone, or replaced by a namesake (which a patch of its uid tells): nothing is left to do. */
async function unlessGone(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!isNotFound(error) && !isInvalid(error)) throw error
  }
}

function warnMisplaced(found: Found, monitors: Monitors, { events }: ReconcileContext): void {
  const reference = misplacedOwner(found, monitors)
  if (!reference) return
  const { object } = found
  const message = `ownerRef ${formatReference(reference, object)} does not exist in namespace "${object.metadata.namespace ?? ''}"`
  events.event(object, { type: 'Warning', reason: 'OwnerRefInvalidNamespace', message })
}
