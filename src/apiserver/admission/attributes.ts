import type { KubeObject, ResourceRef } from '#machinery'
import { forbidden, type StatusError } from '#machinery/status'
import type { AdmissionAttributes } from './admission.ts'

/** Whether the request is about this resource itself, or the subresource named. */
export function isAbout(
  { resource, subresource }: AdmissionAttributes,
  wanted: Pick<ResourceRef, 'group' | 'plural'>,
  part = '',
): boolean {
  return (
    resource.plural === wanted.plural && resource.group === wanted.group && subresource === part
  )
}

/** 403 by an admission plugin; of an object without a name yet its prefix is named. */
export function refuse(attributes: AdmissionAttributes, why: string): StatusError {
  const { name, object, resource } = attributes
  const { metadata } = object ?? {}
  const subject = name || metadata?.name || metadata?.generateName || 'Unknown'
  return forbidden(resource, subject, why)
}

/** The object as what it is known to be, because of the resource. */
export function objectAs<T extends KubeObject>(object: KubeObject): T {
  return object as T
}
