import type { KubeObject, OwnerReference, Stored } from '#machinery'

export const orphanFinalizer = 'orphan'
export const foregroundFinalizer = 'foregroundDeletion'

/** What an owner reference turned out to point at. */
export type Owner =
  /** There, and not waiting for its dependents to go. */
  | { readonly kind: 'solid' }
  /** Gone, or another object of the same name. */
  | { readonly kind: 'absent' }
  /** Being deleted in the foreground: it waits for its dependents. */
  | { readonly kind: 'waiting' }

export interface Judged {
  readonly reference: OwnerReference
  readonly owner: Owner
}

type Propagation = 'Background' | 'Foreground' | 'Orphan'

export type GarbageDecision =
  | { readonly kind: 'keep' }
  /** Some owners are gone or leaving while others stay: forget the former. */
  | { readonly kind: 'drop-references'; readonly uids: readonly string[] }
  /** `unblock`: first stop blocking the owners, since two objects wait for each other. */
  | { readonly kind: 'delete'; readonly propagation: Propagation; readonly unblock: boolean }

/**
 * What is to be done with an object given its owners (upstream: attemptToDeleteItem). It stays as
 * long as one owner is solid.
 */
export function judgeDependent(
  object: Stored,
  owners: readonly Judged[],
  dependents: readonly Stored[],
): GarbageDecision {
  if (owners.length === 0) return { kind: 'keep' }
  const gone = owners.filter(({ owner }) => owner.kind !== 'solid')
  if (gone.length < owners.length) {
    return gone.length === 0
      ? { kind: 'keep' }
      : { kind: 'drop-references', uids: gone.map(({ reference }) => reference.uid) }
  }
  const isAwaited = owners.some(({ owner }) => owner.kind === 'waiting')
  if (isAwaited && dependents.length > 0) {
    return { kind: 'delete', propagation: 'Foreground', unblock: dependents.some(isAwaiting) }
  }
  return { kind: 'delete', propagation: propagationOf(object), unblock: false }
}

/** An object without solid owners is deleted as its finalizers already ask. */
function propagationOf(object: KubeObject): Propagation {
  if (hasFinalizer(object, orphanFinalizer)) return 'Orphan'
  return hasFinalizer(object, foregroundFinalizer) ? 'Foreground' : 'Background'
}

/** Being deleted, and waiting for its dependents to be deleted first. */
export function isAwaiting(object: KubeObject | undefined): boolean {
  return isLeaving(object) && hasFinalizer(object, foregroundFinalizer)
}

/** Being deleted, and waiting for its dependents to forget it. */
export function isOrphaning(object: KubeObject | undefined): boolean {
  return isLeaving(object) && hasFinalizer(object, orphanFinalizer)
}

export function isLeaving(object: KubeObject | undefined): boolean {
  return object?.metadata?.deletionTimestamp !== undefined
}

function hasFinalizer(object: KubeObject | undefined, finalizer: string): boolean {
  return object?.metadata?.finalizers?.includes(finalizer) ?? false
}

/** Whether `object` keeps an owner that is deleted in the foreground from going. */
export function blocks(object: KubeObject, ownerUid: string): boolean {
  return ownersOf(object).some(
    ({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true,
  )
}

export function ownersOf(object: KubeObject | undefined): readonly OwnerReference[] {
  return object?.metadata?.ownerReferences ?? []
}
