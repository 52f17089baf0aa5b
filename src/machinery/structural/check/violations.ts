import type { FieldErrors } from '../../fields/field-errors.ts'
import type { FieldPath } from '../../fields/field-path.ts'
import type { SchemaNode } from '../../schema/schema-node.ts'
import type { CustomSchemaProps } from '../model/schema-props.ts'
import { buildStructural, NotStructuralError } from '../model/structural.ts'
import { structuralErrors } from './structural-rules.ts'

/** What of a schema is not structural, or why no structure can be made of it at all. */
export type StructuralViolations =
  | { readonly kind: 'violations'; readonly errors: FieldErrors }
  | { readonly kind: 'impossible'; readonly why: string }

/** Looks at an openAPIV3Schema that may be older than the rules; its path is where it stands. */
export function structuralViolations(
  props: CustomSchemaProps,
  path: FieldPath,
  metadata: SchemaNode,
): StructuralViolations {
  try {
    const errors = structuralErrors(buildStructural(props, { metadata }), path)
    return { kind: 'violations', errors }
  } catch (error) {
    if (!(error instanceof NotStructuralError)) throw error
    return { kind: 'impossible', why: error.message }
  }
}
