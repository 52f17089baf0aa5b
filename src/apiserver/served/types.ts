import { type OwnedType, ownedTypes } from '#machinery/apply'
import { type ApiSchema, type SchemaNode, schemaView } from '#machinery/schema'
import { pathNotFound } from './path-not-found.ts'
import type { Served } from './served.ts'

/** The types of bodies by the names that resources and their subresources give. */
export interface ServedTypes {
  /** @throws StatusError 404 for the type of a kind that is not served any more. */
  schemaOf(typeName: string): SchemaNode
  ownedTypeOf(typeName: string): OwnedType
}

/** Those of what is served, and besides them all that the API's schema has: scales, reviews, options. */
export function servedTypes(served: Served, schema: ApiSchema): ServedTypes {
  const [common, commonOwned] = [schemaView(schema), ownedTypes(schema)]
  return {
    schemaOf(name) {
      const own = served.typeOf(name)
      if (own) return own.schema()
      if (!schema.type(name)) throw pathNotFound()
      return common(name)
    },
    ownedTypeOf: (name) => served.typeOf(name)?.ownedType() ?? commonOwned(name),
  }
}
