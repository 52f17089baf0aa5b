import { type CustomSchemaProps, structuralViolations } from '#machinery/structural'
import { aggregateMessage, type FieldError, fieldPath, invalidField } from '#machinery/validation'
import type { CustomResourceDefinition } from '../../../generated/types/apiextensions-v1.ts'
import { metaSchema } from '../../../shared/meta-schema.ts'

/** Why a definition is not structural, as its condition says it. */
export interface NonStructural {
  readonly status: 'True' | 'Unknown'
  readonly reason: 'Violations' | 'StructuralError'
  readonly message: string
}

/**
 * What of a definition is not structural. The API takes no such one any more, but one may stand in a store
 * that is older than the rules. Undefined where all is well.
 */
export function nonStructuralOf({ spec }: CustomResourceDefinition): NonStructural | undefined {
  const errors: FieldError[] = []
  if (spec.preserveUnknownFields) {
    const path = fieldPath('spec', 'preserveUnknownFields')
    errors.push(invalidField(path, true, 'must be false'))
  }
  for (const [index, { name, schema }] of spec.versions.entries()) {
    // Cast: what stands in the store has passed its type; what it says is looked at here.
    const props = schema?.openAPIV3Schema as CustomSchemaProps | undefined
    if (!props) continue
    const path = fieldPath('spec', 'versions').index(index).child('schema', 'openAPIV3Schema')
    const found = structuralViolations(props, path, metaSchema)
    if (found.kind === 'impossible') {
      const message = `failed to check validation schema for version ${name}: ${found.why}`
      return { status: 'Unknown', reason: 'StructuralError', message }
    }
    errors.push(...found.errors)
  }
  if (errors.length === 0) return undefined
  return { status: 'True', reason: 'Violations', message: aggregateMessage(errors) }
}
