import type { MaybePromise } from '#lib'
import { type Encoded, encodedFrom, type KubeObject, type Stored } from '#machinery'
import { conflict, isNotFound, notFound } from '#machinery/status'
import type { RequestScope } from '../../request/resource-request.ts'
import { toRequestVersion } from '../bodies/conversion.ts'
import { type DecodedDeleteOptions, deleteOptionsOf } from '../options/delete-options.ts'
import { admitDeletion } from '../write/admission.ts'
import { commitChange, removeObject } from '../write/commit.ts'
import { deletionStep } from '../write/deletion-step.ts'
import type { Outcome } from '../write/write.ts'
import { existingObject } from './get.ts'
import { listObjects } from './list.ts'

/** What became of an object that was to be deleted. */
export interface Deleted {
  /** False: it stays until its grace is over and its finalizers are gone. */
  readonly isRemoved: boolean
  readonly object: Encoded<Stored>
  readonly options: DecodedDeleteOptions
}

/** How often a delete is tried against changing objects. */
const attempts = 20

/** DELETE of one object. */
export async function deleteObject(scope: RequestScope): Promise<Deleted> {
  return deleteNamed(scope, deleteOptionsOf(scope))
}

/** DELETE of a collection: each object as if it were deleted by name. Gives what was there. */
export async function deleteCollection(scope: RequestScope): Promise<readonly Encoded<Stored>[]> {
  const options = deleteOptionsOf(scope)
  const { items } = await listObjects(scope)
  for (const item of items) {
    const { name, namespace = '' } = item.object.metadata
    try {
      await deleteNamed({ ...scope, name, namespace }, options)
    } catch (error) {
      // Deleted by someone else in the meantime: what was asked for has happened.
      if (!isNotFound(error)) throw error
    }
  }
  return items
}

/** Deletes what the scope names, once plugins have admitted that. */
function deleteNamed(scope: RequestScope, options: DecodedDeleteOptions): Promise<Deleted> {
  return deleteWith(scope, options, (existing) => admitDeletion(scope, options, existing))
}

/** Deletes what the scope names on behalf of an action, which has been admitted itself. */
export function deleteInternally(
  scope: RequestScope,
  options: DecodedDeleteOptions,
): Promise<Deleted> {
  return deleteWith(scope, options, () => undefined)
}

async function deleteWith(
  scope: RequestScope,
  options: DecodedDeleteOptions,
  admit: (existing: Stored) => MaybePromise<void>,
): Promise<Deleted> {
  const { resource, name } = scope
  let current = existingObject(scope)
  for (let attempt = 1; ; attempt++) {
    if (!current) throw notFound(resource, name)
    checkPreconditions(scope, options, current.object)
    await admit(current.object)
    scope.span?.event('About to delete object from database')
    const outcome = await tryDelete(scope, options, current)
    if ('isRemoved' in outcome) return { ...outcome, options }
    if (attempt === attempts) throw conflict(resource, name)
    current = outcome.current
  }
}

type Attempt =
  | Omit<Deleted, 'options'>
  /** Somebody else wrote first. */
  | { readonly current: Encoded<Stored> | undefined }

async function tryDelete(
  scope: RequestScope,
  options: DecodedDeleteOptions,
  current: Encoded<Stored>,
): Promise<Attempt> {
  const { resource, stored, world, name } = scope
  const nowMs = world.clock.wallMs()
  const step = deletionStep(stored.strategy, current.object, { options, nowMs })
  if (step.kind === 'pending')
    return { isRemoved: false, object: await toRequestVersion(resource, current) }
  if (isDryRun(options)) return dryRun(scope, current, step)
  if (step.kind === 'remove') return result(scope, true, await removeObject(scope, current))
  const expected = Number(current.object.metadata.resourceVersion)
  const marked = await commitChange(scope, { verb: 'delete', name, object: step.object, expected })
  if (step.kind === 'mark' || marked.kind !== 'done') return result(scope, false, marked)
  return {
    isRemoved: true,
    object: await toRequestVersion(resource, await removeMarked(scope, marked.object)),
  }
}

async function result(
  { resource }: RequestScope,
  isRemoved: boolean,
  outcome: Outcome,
): Promise<Attempt> {
  if (outcome.kind === 'conflict') return { current: outcome.current }
  return { isRemoved, object: await toRequestVersion(resource, outcome.object) }
}

async function dryRun(
  { resource }: RequestScope,
  current: Encoded<Stored>,
  step: { readonly kind: string; readonly object?: KubeObject },
): Promise<Attempt> {
  const object = step.object ? encodedFrom(step.object as Stored) : current
  return { isRemoved: step.kind !== 'mark', object: await toRequestVersion(resource, object) }
}

/** Removes what has been marked and waits for nothing, in whatever state it is by now. */
async function removeMarked(
  scope: RequestScope,
  marked: Encoded<Stored>,
): Promise<Encoded<Stored>> {
  let current = marked
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const outcome = await removeObject(scope, current)
    if (outcome.kind === 'done') return outcome.object
    if (!outcome.current) return current
    current = outcome.current
  }
  throw conflict(scope.resource, scope.name)
}

function isDryRun({ dryRun: values = [] }: DecodedDeleteOptions): boolean {
  return values.length > 0
}

function checkPreconditions(
  { resource, name }: RequestScope,
  { preconditions = {} }: DecodedDeleteOptions,
  { metadata }: Stored,
): void {
  const { uid, resourceVersion } = preconditions
  if (uid !== undefined && uid !== metadata.uid) {
    const differs = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid})`
    const why = `${differs}. The object might have been deleted and then recreated`
    throw conflict(resource, name, why)
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const differs = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion})`
    throw conflict(resource, name, `${differs}. The object might have been modified`)
  }
}
