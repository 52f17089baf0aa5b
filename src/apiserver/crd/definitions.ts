import type { CustomResourceDefinition } from '#api'
import { derived } from '#lib'
import { hasCondition } from '#machinery'
import { type Definition, documentedAs } from '../served/definition.ts'
import { asViewOf, customResource } from './custom-resource.ts'
import { type CustomType, customTypeOf, type DefinedVersion } from './custom-type.ts'
import { type ConversionParts, webhookConverter } from './webhook-conversion.ts'

/** What an APIService asks for that upstream makes for the versions of custom resources. */
const groupPriority = 1000

/**
 * Whether a kind is to be served: from the time that it has its names, so that it is there when it is
 * said to be established.
 */
export function isNamed({ status }: CustomResourceDefinition): boolean {
  const { conditions } = status ?? {}
  return hasCondition(conditions, 'NamesAccepted') || hasCondition(conditions, 'Established')
}

/** All that serves the kind of a definition: each version that is served, and the one that is stored. */
export function definitionsOf(
  definition: CustomResourceDefinition,
  conversion: ConversionParts,
): readonly Definition[] {
  const { versions, preserveUnknownFields } = definition.spec
  const typeOf = preserveUnknownFields ? keeping : pruning
  const storage = versions.find((version) => version.storage)
  if (!storage) return []
  const converter = webhookConverter(definition, conversion)
  const stored = customResource(definition, storage, { type: typeOf(storage), converter })
  return versions
    .filter((version) => version.served || version === storage)
    .map((version) => {
      const type = typeOf(version)
      const resource =
        version === storage
          ? stored
          : asViewOf(stored, customResource(definition, version, { type, converter }), type)
      return {
        resource,
        schema: () => type.schema,
        ownedType: () => type.ownedType,
        documented: documentedAs(resource),
        openApiSchema: type.openApi,
        groupPriority,
        ...(!version.served && { isStorageOnly: true as const }),
      }
    })
}

/** Versions of a definition that its changes leave alone keep their types. */
const pruning = derived((version: DefinedVersion): CustomType => customTypeOf(version, {}))
const keeping = derived(
  (version: DefinedVersion): CustomType => customTypeOf(version, { preserveUnknownFields: true }),
)
