import { type Change, discoverResources } from '#client'
import { messageOf } from '#lib'
import { deepEqual, type KubeObject, type ResourceRef, type Stored } from '#machinery'
import {
  type BackgroundContext,
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  type WatchedResource,
  watching,
} from '../runner/controller.ts'
import { collectDependent, releaseDependents, removeFinalizer } from './execute.ts'
import { createMonitors, type Found, keyOfFound, type Monitors } from './monitors.ts'
import { describe, hasOnlySolidOwners, NamespacedOwnerError } from './owners.ts'
import {
  blocks,
  foregroundFinalizer,
  isAwaiting,
  isLeaving,
  isOrphaning,
  orphanFinalizer,
  ownersOf,
} from './plan.ts'

/** How often new resources are looked for (upstream: the collector's sync period). */
const discoveryPeriodMs = 30_000

/**
 * Deletes what has lost its owners, and carries out foreground and orphaning deletion
 * (upstream: pkg/controller/garbagecollector).
 */
export const garbageCollector: Controller = {
  name: 'generic-garbage-collector',
  eventSource: 'garbage-collector-controller',
  workers: 20,
  permissions: [
    {
      apiGroups: ['*'],
      resources: ['*'],
      verbs: ['delete', 'get', 'list', 'patch', 'update', 'watch'],
    },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

function start(context: ControllerContext): ControllerLoop {
  const monitors = createMonitors(context.informers)
  return {
    watches: [],
    background: (background, signal) => discover(monitors, background, signal),
    async reconcile(key, reconcile) {
      await monitors.whenSynced(reconcile.signal)
      const found = monitors.get(key)
      if (!found) return undefined
      await attend(found, monitors, reconcile)
      return undefined
    },
  }
}

async function attend(found: Found, monitors: Monitors, context: ReconcileContext): Promise<void> {
  const { object } = found
  if (isOrphaning(object)) {
    await releaseDependents(found, monitors, context)
    await removeFinalizer(found, orphanFinalizer, context)
  } else if (isAwaiting(object)) {
    // Its dependents have keys of their own; the last blocking one to go brings this key back.
    if (!isBlocked(object, monitors)) await removeFinalizer(found, foregroundFinalizer, context)
  } else if (!isLeaving(object) && !hasOnlySolidOwners(found, monitors)) {
    await collect(found, monitors, context)
  }
}

function isBlocked({ metadata }: Stored, monitors: Monitors): boolean {
  return monitors.dependentsOf(metadata.uid).some(({ object }) => blocks(object, metadata.uid))
}

async function collect(found: Found, monitors: Monitors, context: ReconcileContext): Promise<void> {
  try {
    await collectDependent(found, monitors, context)
  } catch (error) {
    if (!(error instanceof NamespacedOwnerError)) throw error
    const details = { object: describe(found), error: error.message }
    context.log.warn('leaves an object alone', details)
  }
}

async function discover(
  monitors: Monitors,
  { client, clock, log, watch }: BackgroundContext,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const discovery = await discoverResources(client)
      const { failures } = discovery
      if (failures.length > 0) log.warn('discovery is incomplete', { failures: failures.join() })
      monitors.follow(discovery, (resource) => watch(watchOf(resource, monitors)))
    } catch (error) {
      if (signal.aborted) return
      log.warn('discovery failed', { error: messageOf(error) })
    }
    await clock.sleep(discoveryPeriodMs, signal)
  }
}

/** Which objects a change concerns: itself, those that it owns, and those that wait for it. */
function watchOf(resource: ResourceRef, monitors: Monitors): WatchedResource<never> {
  const changed = (object: Stored, { before, after }: Change<KubeObject>): readonly string[] => {
    if (before && after && isSameToOwners(before, after)) return []
    const { uid } = object.metadata
    const keys: string[] = []
    const own = after && after.metadata.uid === uid ? [{ resource, object: after }] : []
    if (ownersOf(object).length > 0 || isLeaving(object)) keys.push(...own.map(keyOfFound))
    const gone = after?.metadata.uid !== uid
    const startsWaiting = isAwaiting(after) && !isAwaiting(before)
    if (gone || startsWaiting) keys.push(...monitors.dependentsOf(uid).map(keyOfFound))
    for (const reference of ownersOf(object)) {
      const owners = monitors.byUid(reference.uid).filter((owner) => isAwaiting(owner.object))
      keys.push(...owners.map(keyOfFound))
    }
    return keys
  }
  return watching(resource, changed)
}

/** Whether all that the graph of owners is made of stayed as it was (upstream: processGraphChanges). */
function isSameToOwners({ metadata: was }: Stored, { metadata: is }: Stored): boolean {
  return (
    was.uid === is.uid &&
    was.deletionTimestamp === is.deletionTimestamp &&
    deepEqual(was.finalizers, is.finalizers) &&
    deepEqual(was.ownerReferences, is.ownerReferences)
  )
}
