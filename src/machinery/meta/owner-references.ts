import type { KubeObject, OwnerReference, Stored } from './object.ts'
import { groupVersionOf, type ResourceRef } from './resource.ts'

/** The reference that makes `owner` the managing controller of an object, blocking its deletion. */
export function controllerReference(owner: Stored, kind: ResourceRef): OwnerReference {
  return { ...ownerReference(owner, kind), controller: true, blockOwnerDeletion: true }
}

/** Makes a plain reference to an owner: the object goes when all its owners are gone. */
export function ownerReference(owner: Stored, kind: ResourceRef): OwnerReference {
  const { name, uid } = owner.metadata
  return { apiVersion: groupVersionOf(kind), kind: kind.kind, name, uid }
}

/** The reference to the managing controller, of which there is at most one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller)
}
