import type { SchemaNode } from '../../schema/schema-node.ts'
import type { CustomSchemaProps } from './schema-props.ts'
import { buildStructural, NotStructuralError, type Structural } from './structural.ts'

/**
 * Makes a structural schema of an openAPIV3Schema; undefined for one that is none, as CustomResourceDefinitions
 * of former times may have. `metadata` is how metadata is decoded, which embedded resources need.
 */
export function parseStructural(
  props: CustomSchemaProps,
  metadata: SchemaNode,
): Structural | undefined {
  try {
    return buildStructural(props, { metadata })
  } catch (error) {
    if (error instanceof NotStructuralError) return undefined
    throw error
  }
}
