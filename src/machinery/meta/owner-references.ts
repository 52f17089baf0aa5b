import type { KubeObject, OwnerReference, Stored } from './object.ts'
import { groupVersionOf, type ResourceRef } from './resource.ts'

/** The reference that makes `owner` the managing controller of an object, blocking its deletion. */
export function controllerReference(owner: Stored, kind: ResourceRef): OwnerReference {
  return { ...ownerReference(owner, kind), controller: true, blockOwnerDeletion: true }
}

/** A plain reference: the object goes when all its owners are gone. */
export function ownerReference(owner: Stored, kind: ResourceRef): OwnerReference {
  const { name, uid } = owner.metadata
  return { apiVersion: groupVersionOf(kind), kind: kind.kind, name, uid }
}

/** The reference to the managing controller, of which there is at most one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller)
}

/** Whether `owner` manages the object. A namesake of the owner, made later, does not. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata?.uid && owner.metadata?.uid !== undefined
}

/** Whether any reference names this owner. */
export function isOwnedBy(object: KubeObject, uid: string): boolean {
  return object.metadata?.ownerReferences?.some((reference) => reference.uid === uid) ?? false
}

/** The references with one added, or replaced where the same owner stands already. */
export function withOwner(
  references: readonly OwnerReference[] | undefined,
  reference: OwnerReference,
): readonly OwnerReference[] {
  const list = references ?? []
  const index = list.findIndex(({ uid }) => uid === reference.uid)
  return index < 0 ? [...list, reference] : list.with(index, reference)
}

/** The references without those to an owner; the same array when there is none. */
export function withoutOwner(
  references: readonly OwnerReference[],
  uid: string,
): readonly OwnerReference[] {
  const rest = references.filter((reference) => reference.uid !== uid)
  return rest.length === references.length ? references : rest
}
