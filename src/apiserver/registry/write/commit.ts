import { andThen, type MaybePromise } from '#lib'
import {
  type Cause,
  type Encoded,
  encodedFrom,
  groupResourceOf,
  type KubeObject,
  type Stored,
} from '#machinery'
import {
  type CommitResult,
  type Guard,
  RequestTooLargeError,
  type StoredChange,
  type Write as StoreWrite,
} from '#store'
import { storeKeyOf } from '../../cache/keys.ts'
import type { CommitRecord } from '../../request/commit-log.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import { type RequestSpan, withSpan } from '../../spans/request-span.ts'
import { objectBlob, stamped, standsOtherwise } from '../../stored/stamped.ts'
import { releasesOf } from './allocate.ts'
import { isFinalized } from './deletion-step.ts'
import { isUnchanged } from './is-unchanged.ts'
import type { ObjectWrite, Outcome } from './write.ts'

/** What is to be written of one object in one commit. */
export interface CommitRequest {
  readonly verb: 'create' | 'update' | 'delete'
  readonly name: string
  /** Absent for a removal. */
  readonly object?: KubeObject
  /** The revision that was read; `absent` for a new object. */
  readonly expected: number | 'absent'
  readonly guards?: readonly Guard[]
  readonly writes?: readonly StoreWrite[]
}

/**
 * Stage: the object is stored, unless it changes nothing or is a dry run. An update that leaves nothing
 * for a deletion to wait for removes the object instead.
 */
export function commit(write: ObjectWrite): MaybePromise<ObjectWrite> {
  const outcome = write.existing ? commitUpdate(write, write.existing) : commitCreate(write)
  return andThen(outcome, (known) => ({ ...write, outcome: known }))
}

function commitCreate({
  scope,
  attributes,
  object,
  guards,
  writes,
}: ObjectWrite): MaybePromise<Outcome> {
  const name = object.metadata?.name ?? ''
  if (!attributes.dryRun) {
    return commitChange(scope, { verb: 'create', name, expected: 'absent', object, guards, writes })
  }
  const current = scope.world.caches.of(scope.stored).get(scope.namespace, name)
  if (current) return { kind: 'conflict', current, ownKey: true }
  return { kind: 'done', object: readBack(scope, object) }
}

/** An object that is not stored, or no longer, as readers would see it. */
function readBack({ stored: { fromStore } }: RequestScope, object: KubeObject): Encoded<Stored> {
  // Cast: it has passed the stages of a write.
  return encodedFrom((fromStore ? fromStore(object) : object) as Stored)
}

function commitUpdate(
  { scope, attributes, object, guards, writes }: ObjectWrite,
  existing: Encoded<Stored>,
): MaybePromise<Outcome> {
  const isRemoved = isFinalized(scope.stored.strategy, object, existing.object)
  const isSame = () => isUnchanged(object, existing.object) && !standsOtherwise(existing)
  if (!isRemoved && writes.length === 0 && isSame()) {
    return { kind: 'done', object: existing }
  }
  const updated = (): Outcome => ({ kind: 'done', object: readBack(scope, object) })
  if (attributes.dryRun) return updated()
  if (isRemoved) {
    // Whoever takes the last finalizer away expects to see the object without it.
    return removeObject(scope, existing).then((removed) =>
      removed.kind === 'done' ? updated() : removed,
    )
  }
  const expected = Number(existing.object.metadata.resourceVersion)
  const { name } = scope
  return commitChange(scope, { verb: 'update', name, expected, object, guards, writes })
}

/** Removes an object with all that was allocated for it. */
export function removeObject(scope: RequestScope, current: Encoded<Stored>): Promise<Outcome> {
  const expected = Number(current.object.metadata.resourceVersion)
  const writes = releasesOf(scope, current.object)
  return commitChange(scope, { verb: 'delete', name: scope.name, expected, writes })
}

/**
 * Writes one object and waits until the caches show it, so that whoever gets the answer also reads
 * what was written. A removal answers with the object's last state.
 */
export async function commitChange(
  scope: RequestScope,
  requested: CommitRequest,
): Promise<Outcome> {
  const { world, stored, namespace } = scope
  const { name, object, expected } = requested
  const key = storeKeyOf(stored, namespace, name)
  const isNew = expected === 'absent'
  const previous = isNew ? undefined : world.caches.of(stored).get(namespace, name)
  const result = await withSpan(storageSpan(scope, requested), () =>
    committed(scope, requested, key),
  )
  if (!result.ok) {
    const [current] = result.current
    const ownKey = (current?.modified ?? 'absent') !== expected
    // Whatever stands there, readable or not: a new object cannot have its name.
    const encoded = isNew ? undefined : current && stamped(current.value, current.modified, stored)
    return { kind: 'conflict', current: encoded, ownKey }
  }
  await world.caches.applied(result.revision)
  const change = result.changes.find((each) => each.key === key)
  const before = isRevision(previous, expected)
    ? previous
    : change?.before && stamped(change.before.value, change.before.modified, stored)
  const written = writtenObject(scope, requested, result.revision, change)
  report(scope, requested, result.revision, {
    ...(before ? { before: before.object } : {}),
    ...(object ? { after: written.object } : {}),
  })
  return { kind: 'done', object: written }
}

/** Upstream's names of what a store does; it has none for a removal. */
const spanNames = { create: 'Create etcd3', update: 'GuaranteedUpdate etcd3', delete: undefined }

function storageSpan(
  { span, stored, namespace }: RequestScope,
  { verb, name: own }: CommitRequest,
): RequestSpan | undefined {
  const name = spanNames[verb]
  if (!span || name === undefined) return undefined
  const { kind, group, plural } = stored
  const key = `/${[plural, namespace, own].filter(Boolean).join('/')}`
  const what = { key, type: kind, group, resource: plural }
  return span.begin(name, { 'audit-id': span.auditId, ...what })
}

/**
 * An object that is too large with its managed fields is stored without them, as upstream does: they
 * may be large, and it can do without. Server-side apply cannot.
 * @throws RequestTooLargeError
 */
async function committed(
  scope: RequestScope,
  { object, expected, guards = [], writes = [] }: CommitRequest,
  key: string,
): Promise<CommitResult> {
  const commitAs = (written: KubeObject | undefined) => {
    const own: StoreWrite = written
      ? { kind: 'put', key, value: objectBlob(written), ...expiry(scope) }
      : { kind: 'delete', key }
    return scope.world.store.commit([{ key, modified: expected }, ...guards], [own, ...writes])
  }
  try {
    return await commitAs(object)
  } catch (error) {
    const isApply = scope.request.headers['content-type']?.startsWith('application/apply-patch+')
    if (!(error instanceof RequestTooLargeError) || isApply) throw error
    if (!object?.metadata?.managedFields) throw error
    const { managedFields: _, ...metadata } = object.metadata
    return await commitAs({ ...object, metadata })
  }
}

function isRevision(value: Encoded<Stored> | undefined, revision: number | 'absent'): boolean {
  return value?.object.metadata.resourceVersion === String(revision)
}

/** The value that the caches show, if they still show this revision; else one made from the store's. */
function writtenObject(
  { world, stored, namespace }: RequestScope,
  { object, name }: CommitRequest,
  revision: number,
  change: StoredChange | undefined,
): Encoded<Stored> {
  const cached = object && world.caches.of(stored).get(namespace, name)
  if (cached && isRevision(cached, revision)) return cached
  const value = change?.after ?? change?.before
  if (!value) throw new Error(`the store does not tell what became of ${namespace}/${name}`)
  return stamped(value.value, revision, stored)
}

function expiry({ stored, world }: RequestScope): { readonly expiresAtMs?: number } {
  const seconds = stored.timeToLiveSeconds
  return seconds === undefined ? {} : { expiresAtMs: world.clock.wallMs() + seconds * 1000 }
}

function report(
  { world, stored, user, subresource, namespace, request }: RequestScope,
  requested: CommitRequest,
  revision: number,
  objects: Pick<CommitRecord, 'before' | 'after'>,
): void {
  const { verb, name } = requested
  const cause: Cause = request.cause ?? { actor: user.name, trigger: { kind: 'request' } }
  const resource = groupResourceOf(stored)
  world.commitLog({
    revision,
    wallMs: world.clock.wallMs(),
    verb,
    user: user.name,
    resource: subresource ? `${resource}/${subresource}` : resource,
    key: namespace ? `${namespace}/${name}` : name,
    cause,
    ...objects,
  })
}
