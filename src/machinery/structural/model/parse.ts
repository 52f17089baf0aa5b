import type { SchemaNode } from '../../schema/schema-node.ts'
import type { CustomSchemaProps } from './schema-props.ts'
import {
  buildStructural,
  NotStructuralError,
  type Structural,
  type StructuralForm,
} from './structural.ts'

/**
 * Makes a structural schema of an openAPIV3Schema; undefined for one that is none, as CustomResourceDefinitions
 * of former times may have. `metadata` is how metadata is decoded, which embedded resources need.
 */
export function parseStructural(
  props: CustomSchemaProps,
  metadata: SchemaNode,
): Structural | undefined {
  return tryBuilding(props, { metadata })
}

/** The tree, or undefined where it cannot be made. */
export function tryBuilding(
  props: CustomSchemaProps,
  form: StructuralForm,
): Structural | undefined {
  try {
    return buildStructural(props, form)
  } catch (error) {
    if (error instanceof NotStructuralError) return undefined
    throw error
  }
}
