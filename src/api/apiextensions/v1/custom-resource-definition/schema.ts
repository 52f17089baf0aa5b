import { deepEqual } from '#machinery'
import {
  type CustomSchemaProps,
  checkCustomSchema,
  hasRules,
  parseStructural,
  schemaAt,
} from '#machinery/structural'
import {
  duplicateField,
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
  tooManyField,
} from '#machinery/validation'
import { checkRules } from '#rules'
import type { SelectableField } from '../../../generated/types/apiextensions-v1.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { metaSchema } from '../../../shared/meta-schema.ts'

/** What a schema is checked with. */
export interface SchemaContext {
  readonly path: FieldPath
  readonly statusEnabled: boolean
  /** The schemas that are stored: what they break already may stay. */
  readonly old: readonly CustomSchemaProps[]
}

/** Errors of the schema of one version, or of all versions alike. */
export function validateSchema(
  props: CustomSchemaProps | undefined,
  context: SchemaContext,
): FieldErrors {
  if (!props) return []
  const errors = checkCustomSchema(props, { ...context, metadata: metaSchema })
  // Rules are compiled against the schema: what is wrong with that would be told twice.
  if (errors.length > 0 || !hasRules(props)) return errors
  const structural = parseStructural(props, metaSchema)
  if (!structural) return []
  const isStored = context.old.some((stored) => deepEqual(stored, props))
  return checkRules(structural, context.path.child('openAPIV3Schema'), { isStored })
}

const maxSelectable = 8
const selectableTypes: readonly string[] = ['boolean', 'integer', 'string']

/** Errors of the fields by which objects may be selected; too many stay where there were as many. */
export function validateSelectable(
  fields: readonly SelectableField[],
  props: CustomSchemaProps,
  { path, tolerates }: { readonly path: FieldPath; readonly tolerates: boolean },
): FieldErrors {
  const structural = parseStructural(props, metaSchema)
  // A schema that is none has been refused for that.
  if (!structural) return []
  const seen = new Set<string>()
  const errors = eachItem(fields, path, ({ jsonPath }, at) => {
    const where = at.child('jsonPath')
    if (!jsonPath) return [requiredField(where)]
    const found = schemaAt(structural, jsonPath, { allowsBrackets: false })
    if ('refusal' in found) {
      return [invalidField(where, jsonPath, `is an invalid path: ${found.refusal}`)]
    }
    const name = found.fieldPath.join('.')
    const isTwice = seen.has(name)
    seen.add(name)
    const types =
      'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
    return [
      ...ensure(found.fieldPath[0] !== 'metadata', () =>
        invalidField(where, jsonPath, 'must not point to fields in metadata'),
      ),
      ...ensure(selectableTypes.includes(found.node.type), () =>
        invalidField(where, jsonPath, types),
      ),
      ...(isTwice ? [duplicateField(where, jsonPath)] : []),
    ]
  })
  if (seen.size <= maxSelectable || tolerates) return errors
  return [...errors, tooManyField(path, seen.size, maxSelectable)]
}
