import { type Descriptions, findKind, type OpenApiSchema, type ServedResource } from '#api'
import type { Resource } from '#machinery'
import { type OwnedType, ownedTypes } from '#machinery/apply'
import { type ApiSchema, type SchemaNode, schemaView } from '#machinery/schema'
import { partFacts } from './part-facts.ts'

/**
 * A kind in one version, with all that serving it needs. The kinds that are built in and those that
 * come while the server runs are defined alike.
 *
 * A custom resource has one definition for each version of its CustomResourceDefinition, all of which
 * are added together. The resource of the version that is stored holds the objects; each other one is
 * a `view` of it, whose hooks convert. A version that is stored but not served is `isStorageOnly`.
 * The structural schema is turned once into each of the three forms below: what decoding walks, what
 * owners of fields are compared by, and what OpenAPI shows.
 */
export interface Definition {
  readonly resource: Resource
  /** What decoding, pruning and patches know of its objects. */
  schema(): SchemaNode
  /** How the fields of its objects are owned, for server-side apply. */
  ownedType(): OwnedType
  /** How OpenAPI lists it; absent for what OpenAPI leaves out. */
  readonly documented?: ServedResource
  /**
   * The schema of one object in version 2 or 3 of OpenAPI, for a type that the API's own schema lacks.
   * What it refers to must be there. The lists of the kind are described by the server.
   */
  readonly openApiSchema?: (dialect: 2 | 3, descriptions: Descriptions) => OpenApiSchema
  /** Set for a version that objects are stored as, but at which nobody may ask for them. */
  readonly isStorageOnly?: true
  /**
   * Groups of higher priority come first in discovery, and so their names mean them (an APIService's
   * groupPriorityMinimum; upstream gives custom resources 1000). Built-in groups stand above all.
   */
  readonly groupPriority?: number
}

/** Definitions of kinds whose types the schema has. */
export function builtInDefinitions(
  resources: readonly Resource[],
  schema: ApiSchema,
): readonly Definition[] {
  const [schemaOf, ownedTypeOf] = [schemaView(schema), ownedTypes(schema)]
  return resources.map((resource) => {
    const documented = findKind(resource)
    return {
      resource,
      schema: () => schemaOf(resource.schemaName),
      ownedType: () => ownedTypeOf(resource.schemaName),
      ...(documented && { documented }),
    }
  })
}

/** How OpenAPI lists a resource of which nothing but the resource itself is known. */
export function documentedAs(resource: Resource): ServedResource {
  const { group, version, kind, plural, verbs, listKind, schemaName, isCustom } = resource
  const parts = Object.keys(resource.subresources ?? {}).map((name) => {
    const part = { group, version, ...partFacts(resource, name) }
    return [name, part] as const
  })
  return {
    ...{ group, version, kind, plural, verbs, schemaName },
    namespaced: resource.scope === 'Namespaced',
    ...(verbs.includes('list') && { listKind }),
    ...(parts.length > 0 && { subresources: Object.fromEntries(parts) }),
    ...(isCustom && { isCustom }),
  }
}
