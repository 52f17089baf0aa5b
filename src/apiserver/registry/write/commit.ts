import { type Cause, type Encoded, groupResourceOf, type KubeObject, type Stored } from '#machinery'
import type { Guard, StoredChange, Write } from '#store'
import { storeKeyOf } from '../../cache/keys.ts'
import { objectBlob, stamped } from '../../cache/stamped.ts'
import type { CommitRecord } from '../../request/commit-log.ts'
import type { Scope } from '../../request/resource-request.ts'

export interface Commission {
  readonly verb: 'create' | 'update' | 'delete'
  readonly name: string
  /** Absent for a removal. */
  readonly object?: KubeObject
  /** The revision that was read; `absent` for a new object. */
  readonly expected: number | 'absent'
  readonly guards?: readonly Guard[]
  readonly writes?: readonly Write[]
}

export type Outcome =
  | { readonly kind: 'done'; readonly object: Encoded<Stored> }
  /** Somebody else wrote first. `ownKey` is false when a guard of an allocation failed. */
  | {
      readonly kind: 'conflict'
      readonly current: Encoded<Stored> | undefined
      readonly ownKey: boolean
    }

/**
 * Writes one object and waits until the caches show it, so that whoever gets the answer also reads
 * what was written. A removal answers with the object's last state.
 */
export async function commit(scope: Scope, commission: Commission): Promise<Outcome> {
  const { world, stored, namespace } = scope
  const { name, object, expected } = commission
  const key = storeKeyOf(stored, namespace, name)
  const own: Write = object
    ? { kind: 'put', key, value: objectBlob(object), ...expiry(scope) }
    : { kind: 'delete', key }
  const previous = world.caches.of(stored).get(namespace, name)
  const result = await world.store.commit(
    [{ key, modified: expected }, ...(commission.guards ?? [])],
    [own, ...(commission.writes ?? [])],
  )
  if (!result.ok) {
    const [current] = result.current
    const ownKey = (current?.modified ?? 'absent') !== expected
    const encoded = current && stamped(current.value, current.modified)
    return { kind: 'conflict', current: encoded, ownKey }
  }
  await world.caches.applied(result.revision)
  const change = result.changes.find((each) => each.key === key)
  const before = isRevision(previous, expected)
    ? previous
    : change?.before && stamped(change.before.value, change.before.modified)
  const written = outcomeOf(scope, commission, result.revision, change)
  report(scope, commission, result.revision, {
    ...(before ? { before: before.object } : {}),
    ...(object ? { after: written.object } : {}),
  })
  return { kind: 'done', object: written }
}

function isRevision(value: Encoded<Stored> | undefined, revision: number | 'absent'): boolean {
  return value?.object.metadata.resourceVersion === String(revision)
}

/** The value that the caches show, if they still show this revision; else one made from the store's. */
function outcomeOf(
  { world, stored, namespace }: Scope,
  { object, name }: Commission,
  revision: number,
  change: StoredChange | undefined,
): Encoded<Stored> {
  const cached = object && world.caches.of(stored).get(namespace, name)
  if (cached && isRevision(cached, revision)) return cached
  const value = change?.after ?? change?.before
  if (!value) throw new Error(`the store does not tell what became of ${namespace}/${name}`)
  return stamped(value.value, revision)
}

function expiry({ stored, world }: Scope): { readonly expiresAtMs?: number } {
  const seconds = stored.timeToLiveSeconds
  return seconds === undefined ? {} : { expiresAtMs: world.clock.wallMs() + seconds * 1000 }
}

function report(
  { world, stored, user, subresource, namespace, request }: Scope,
  commission: Commission,
  revision: number,
  objects: Pick<CommitRecord, 'before' | 'after'>,
): void {
  const { verb, name } = commission
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
