import type { GroupVersionKind } from '#api'
import { andThen, type MaybePromise } from '#lib'
import type { KubeObject, Resource, Stored } from '#machinery'
import type { SchemaNode } from '#machinery/schema'
import {
  inStoredVersion,
  objectInRequestVersion,
  withDefaults,
} from '../../registry/bodies/conversion.ts'
import { partFacts } from '../../served/part-facts.ts'
import type { AdmissionAttributes } from '../admission.ts'

/** How the objects of a request look to whoever sees it as one for a certain resource. */
export interface VersionedForm {
  readonly resource: Resource
  readonly kind: GroupVersionKind
  readonly schemaName: string
  /** What of an object is shown, in its version. */
  read(object: KubeObject): MaybePromise<KubeObject>
  /** The object with what was shown of it replaced: decoded already, with the defaults of its version. */
  write(object: KubeObject, changed: KubeObject): MaybePromise<KubeObject>
  /** What is shown, with the defaults of its version. */
  withDefaults(shown: KubeObject): KubeObject
}

/** Finds the schema of a type. */
export type SchemaOf = (typeName: string) => SchemaNode

/** The form for a resource that a request was matched as; parts of objects have a kind of their own. */
export function versionedForm(
  attributes: AdmissionAttributes,
  resource: Resource,
  schemaOf: SchemaOf,
): VersionedForm {
  const { resource: stored, subresource } = attributes
  const rules = resource.isCustom ? resource : stored
  const part = rules.subresources?.[subresource]
  // Cast: conversion reads nothing that only the store sets.
  const inVersion = (object: KubeObject) => objectInRequestVersion(resource, object as Stored)
  const world = { schemaOf }
  const back = (object: KubeObject) => inStoredVersion({ resource, stored, world }, object)
  const base = { resource, kind: kindOf(attributes, resource) }
  switch (part?.kind) {
    case 'action':
      return { ...base, schemaName: part.schemaName, ...asIs }
    case 'connect':
      return { ...base, schemaName: connectSchema(attributes.object?.kind ?? ''), ...asIs }
    case 'projection':
      return {
        ...base,
        schemaName: part.schemaName,
        read: (object) => andThen(inVersion(object), (whole) => part.read(whole)),
        write: (object, changed) =>
          andThen(inVersion(object), (whole) => back(part.write(whole, changed))),
        withDefaults: (shown) => shown,
      }
    default:
      return {
        ...base,
        schemaName: resource.schemaName,
        read: inVersion,
        write: (_, changed) => back(changed),
        withDefaults: (shown) => withDefaults(resource, shown),
      }
  }
}

/** What is not stored has one form. */
const asIs = {
  read: (object: KubeObject) => object,
  write: (_: KubeObject, changed: KubeObject) => changed,
  withDefaults: (object: KubeObject) => object,
} as const

const connectSchema = (kind: string) => `io.k8s.api.core.v1.${kind}`

/** The kind of what a request is about, as a request for this resource. */
export function kindOf(attributes: AdmissionAttributes, resource: Resource): GroupVersionKind {
  const { subresource, object, resource: stored } = attributes
  const { group, version } = resource
  if (subresource === '') return { group, version, kind: resource.kind }
  if (attributes.verb === 'connect') return { group, version, kind: object?.kind ?? resource.kind }
  const facts = partFacts(resource.isCustom ? resource : stored, subresource)
  return {
    group: facts.group ?? group,
    version: facts.version ?? version,
    kind: facts.kind === stored.kind ? resource.kind : facts.kind,
  }
}
