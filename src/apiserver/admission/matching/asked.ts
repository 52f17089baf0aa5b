import type { Resource, ResourceRef } from '#machinery'
import type { AdmissionAttributes } from '../admission.ts'

/** What a request named, which may be a view, or another version, of what is stored. */
export function requestedResource({ requested, resource }: AdmissionAttributes): Resource {
  return requested ?? resource
}

/** Whether a request is about Namespaces, which count as objects of the cluster though they name a namespace. */
export function isNamespace({ group, version, plural }: ResourceRef): boolean {
  return group === '' && version === 'v1' && plural === 'namespaces'
}

/** The name that a request is about; of a new object its own, where it has one already. */
export function askedName({ name, object, verb }: AdmissionAttributes): string {
  return name || (verb === 'create' ? (object?.metadata?.name ?? '') : '')
}

/** The namespace that a request is about: of a Namespace its own name, as upstream's attributes have it. */
export function askedNamespace(attributes: AdmissionAttributes): string {
  const { namespace } = attributes
  if (namespace !== '' || !isNamespace(requestedResource(attributes))) return namespace
  return askedName(attributes)
}
