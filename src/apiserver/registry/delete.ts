import {
  conflict,
  type Encoded,
  formatTime,
  invalid,
  type KubeObject,
  notFound,
  parseTime,
  type Stored,
  validateDeleteOptions,
} from '#machinery'
import { storeKeyOf } from '../cache/keys.ts'
import { admitted, attributesOf } from './admit.ts'
import { releasesOf } from './allocate.ts'
import { commit, type Outcome } from './commit.ts'
import { type DeleteOptions, decodeBody } from './delete-options.ts'
import { listObjects } from './list.ts'
import type { Scope } from './scope.ts'
import { shown } from './views.ts'

/** What became of an object that was to be deleted. */
export type Deleted =
  | { readonly kind: 'removed'; readonly object: Encoded<Stored> }
  /** It stays until its grace is over or its finalizers are gone. */
  | { readonly kind: 'leaving'; readonly object: Encoded<Stored> }

const attempts = 20

export async function deleteObject(scope: Scope): Promise<Deleted> {
  const options = decodeBody(scope)
  const errors = validateDeleteOptions(options)
  if (errors.length > 0) throw invalid({ group: '', kind: 'DeleteOptions' }, '', errors)
  return deleteNamed(
    { ...scope, dryRun: scope.dryRun || (options.dryRun ?? []).length > 0 },
    options,
  )
}

/** Deletes what the scope names, as a request would. */
export async function deleteNamed(scope: Scope, options: DeleteOptions): Promise<Deleted> {
  const { world, stored, resource, namespace, name } = scope
  let current = world.caches.of(stored).get(storeKeyOf(stored, namespace, name))
  for (let attempt = 1; ; attempt++) {
    if (!current) throw notFound(resource, name)
    checkPreconditions(scope, options, current.object)
    await admitted(scope, undefined, attributesOf(scope, 'delete', name, current.object))
    const step = deletionStep(scope, current.object, options)
    if (step.kind === 'nothing') return { kind: 'leaving', object: shown(resource, current) }
    if (scope.dryRun) return { kind: 'removed', object: shown(resource, current) }
    const outcome = await carryOut(scope, step, current)
    if (outcome.kind === 'done') {
      const kind = step.kind === 'remove' ? 'removed' : 'leaving'
      return { kind, object: shown(resource, outcome.object) }
    }
    if (attempt === attempts) throw conflict(resource, name)
    current = outcome.current
  }
}

function carryOut(
  scope: Scope,
  step: Exclude<Step, { readonly kind: 'nothing' }>,
  current: Encoded<Stored>,
): Promise<Outcome> {
  const expected = Number(current.object.metadata.resourceVersion)
  if (step.kind === 'remove') return removeNow(scope, current, expected)
  return commit(scope, { verb: 'update', name: scope.name, object: step.object, expected })
}

/** Removes an object with all that was allocated for it. */
export function removeNow(
  scope: Scope,
  current: Encoded<Stored>,
  expected: number,
): Promise<Outcome> {
  const writes = releasesOf(scope, current.object)
  return commit(scope, { verb: 'delete', name: scope.name, expected, writes })
}

type Step =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'mark'; readonly object: KubeObject }
  | { readonly kind: 'remove' }

/** What deleting means for this object now (upstream: BeforeDelete and deletion finalizers). */
function deletionStep(scope: Scope, current: Stored, options: DeleteOptions): Step {
  const { strategy } = scope.stored
  const finalizers = finalizersAfter(scope, current, options)
  const grace = strategy.gracePeriod?.(current as never, options.gracePeriodSeconds)
  if (current.metadata.deletionTimestamp !== undefined) {
    return againStep(scope, current, { grace, finalizers })
  }
  const held = finalizers.length > 0
  if (!grace && !held) {
    const blocked = strategy.beginDeletion?.(leaving(scope, current, 0, finalizers) as never)
    return blocked ? { kind: 'mark', object: blocked } : { kind: 'remove' }
  }
  const object = leaving(scope, current, grace ?? 0, finalizers)
  return { kind: 'mark', object: strategy.beginDeletion?.(object as never) ?? object }
}

interface Leaving {
  readonly grace: number | undefined
  readonly finalizers: readonly string[]
}

/** A second delete may only shorten the grace, or finish what waits for nothing any more. */
function againStep(scope: Scope, current: Stored, { grace, finalizers }: Leaving): Step {
  const { deletionGracePeriodSeconds: heldGrace = 0, deletionTimestamp } = current.metadata
  const sameFinalizers = finalizers.join() === (current.metadata.finalizers ?? []).join()
  if (scope.stored.strategy.gracePeriod && heldGrace > 0) {
    if (grace === undefined || grace >= heldGrace) return { kind: 'nothing' }
    if (grace > 0 || finalizers.length > 0) {
      const atMs = (parseTime(deletionTimestamp ?? '') ?? 0) - heldGrace * 1000 + grace * 1000
      return {
        kind: 'mark',
        object: {
          ...current,
          metadata: {
            ...current.metadata,
            ...finalizersMember(finalizers),
            deletionTimestamp: formatTime(atMs),
            deletionGracePeriodSeconds: grace,
          },
        },
      }
    }
    return { kind: 'remove' }
  }
  if (finalizers.length > 0 || scope.stored.strategy.beginDeletion?.(current as never)) {
    if (sameFinalizers) return { kind: 'nothing' }
    const metadata = { ...current.metadata, ...finalizersMember(finalizers) }
    return { kind: 'mark', object: { ...current, metadata } }
  }
  return { kind: 'remove' }
}

function leaving(
  scope: Scope,
  current: Stored,
  grace: number,
  finalizers: readonly string[],
): Stored {
  const atMs = scope.world.clock.wallMs() + grace * 1000
  const { generation } = current.metadata
  return {
    ...current,
    metadata: {
      ...current.metadata,
      ...finalizersMember(finalizers),
      deletionTimestamp: formatTime(atMs),
      deletionGracePeriodSeconds: grace,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
    },
  }
}

function finalizersMember(finalizers: readonly string[]): {
  readonly finalizers?: readonly string[]
} {
  return finalizers.length > 0 ? { finalizers } : { finalizers: [] }
}

/** The propagation policy as the finalizers that the garbage collector acts on. */
function finalizersAfter(
  { stored }: Scope,
  { metadata }: Stored,
  options: DeleteOptions,
): readonly string[] {
  const held = metadata.finalizers ?? []
  const policy = options.propagationPolicy ?? policyOf(options.orphanDependents)
  const others = held.filter(
    (finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion',
  )
  if (policy === 'Orphan') return [...others, 'orphan']
  if (policy === 'Foreground') return [...others, 'foregroundDeletion']
  if (policy === 'Background') return others
  if (held.length > others.length) return held
  return stored.strategy.defaultPropagation === 'orphan' ? [...others, 'orphan'] : held
}

function policyOf(orphanDependents: boolean | undefined): DeleteOptions['propagationPolicy'] {
  if (orphanDependents === undefined) return undefined
  return orphanDependents ? 'Orphan' : 'Background'
}

/** True for an object that waits for nothing any more: its last finalizer has just gone. */
export function isFinalized(scope: Scope, object: KubeObject): boolean {
  const {
    deletionTimestamp,
    deletionGracePeriodSeconds = 0,
    finalizers = [],
  } = object.metadata ?? {}
  if (deletionTimestamp === undefined || finalizers.length > 0) return false
  if (deletionGracePeriodSeconds > 0 && scope.stored.strategy.gracePeriod) return false
  return scope.stored.strategy.beginDeletion?.(object as never) === undefined
}

function checkPreconditions(
  scope: Scope,
  { preconditions }: DeleteOptions,
  { metadata }: Stored,
): void {
  const { uid, resourceVersion } = preconditions ?? {}
  if (uid !== undefined && uid !== metadata.uid) {
    const text = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`
    throw conflict(scope.resource, scope.name, text)
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const text = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`
    throw conflict(scope.resource, scope.name, text)
  }
}

/** DELETE of a collection: each object as if it were deleted by name. Gives what was there. */
export async function deleteCollection(scope: Scope): Promise<readonly Encoded<Stored>[]> {
  const options = decodeBody(scope)
  const { items } = await listObjects({ ...scope, request: scope.request })
  for (const item of items) {
    const { name, namespace = '' } = item.object.metadata
    try {
      await deleteNamed({ ...scope, name, namespace }, options)
    } catch (error) {
      // Deleted by someone else in the meantime: what was asked for has happened.
      if (!isGoneAlready(error)) throw error
    }
  }
  return items
}

function isGoneAlready(error: unknown): boolean {
  return (error as { readonly code?: number }).code === 404
}
