import {
  type FieldError,
  type FieldErrors,
  forbiddenField,
  invalidField,
} from '../../fields/field-errors.ts'
import type { FieldPath } from '../../fields/field-path.ts'
import type { SchemaNode } from '../../schema/schema-node.ts'
import { tryBuilding } from '../model/parse.ts'
import type { CustomSchemaProps } from '../model/schema-props.ts'
import { buildStructural, NotStructuralError, type Structural } from '../model/structural.ts'
import { defaultErrors } from './defaults.ts'
import { goName, members, shownSchema } from './go-schema.ts'
import { type Leniency, leniencyFor } from './leniency.ts'
import { schemaRuleErrors } from './schema-rules.ts'
import { isUnset, structuralErrors } from './structural-rules.ts'

/** What a schema belongs to. */
export interface CustomSchemaContext {
  /** Of the `schema` whose openAPIV3Schema is checked. */
  readonly path: FieldPath
  readonly statusEnabled: boolean
  /** How metadata is decoded. */
  readonly metadata: SchemaNode
  /** On update the schemas that are stored, of all versions: what they break already may stay. */
  readonly old?: readonly CustomSchemaProps[]
}

/**
 * What is wrong with the schema of one version of a CustomResourceDefinition, in upstream's order. Rules in
 * CEL are looked at from outside only.
 */
export function checkCustomSchema(
  props: CustomSchemaProps,
  { path, statusEnabled, metadata, old = [] }: CustomSchemaContext,
): FieldErrors {
  const leniency = leniencyFor(old, metadata)
  const root = path.child('openAPIV3Schema')
  const errors: FieldError[] = statusEnabled ? statusErrors(props, path) : []
  if (props.nullable) {
    const at = path.child('openAPIV3Schema.nullable')
    errors.push(forbiddenField(at, 'nullable cannot be true at the root'))
  }
  const structural = structureErrors(props, { root, metadata, leniency })
  const form = { metadata, made: new WeakMap<CustomSchemaProps, Structural>() }
  const structuralOf = (node: CustomSchemaProps) => tryBuilding(node, form)
  errors.push(...structural.broken)
  errors.push(...schemaRuleErrors(props, root, { leniency, structuralOf }))
  return errors.length > 0 ? errors : structural.impossible
}

interface StructureErrors {
  readonly broken: readonly FieldError[]
  /** Told only when nothing else is wrong: the other rules say the same with more words. */
  readonly impossible: readonly FieldError[]
}

function structureErrors(
  props: CustomSchemaProps,
  given: {
    readonly root: FieldPath
    readonly metadata: SchemaNode
    readonly leniency: Leniency
  },
): StructureErrors {
  const { root, metadata, leniency } = given
  if (!leniency.requiresStructural) return { broken: [], impossible: [] }
  try {
    const tree = buildStructural(props, { metadata, forDefaults: true })
    const broken = structuralErrors(tree, root)
    if (broken.length > 0) return { broken, impossible: [] }
    return { broken: defaultErrors(tree, root, leniency), impossible: [] }
  } catch (error) {
    if (!(error instanceof NotStructuralError)) throw error
    return { broken: [], impossible: [invalidField(root, '', error.message)] }
  }
}

/** What may stand at the root beside the status subresource, by the names of Go, which upstream lists. */
const allowedAtRoot = [
  ...['Description', 'Type', 'Format', 'Title', 'Maximum', 'ExclusiveMaximum', 'Minimum'],
  ...['ExclusiveMinimum', 'MaxLength', 'MinLength', 'Pattern', 'MaxItems', 'MinItems'],
  ...['UniqueItems', 'MultipleOf', 'Required', 'Items', 'Properties', 'ExternalDocs', 'Example'],
  ...['XPreserveUnknownFields', 'XValidations'],
]

/** At the root nothing may be said that would be lost when the status is validated alone. */
function statusErrors(props: CustomSchemaProps, path: FieldPath): FieldError[] {
  for (const member of members) {
    const value = props[member]
    if (isUnset(member, value)) continue
    if (member === 'type' && value !== 'object') {
      const rule =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
      return [invalidField(path.child('openAPIV3Schema.type'), value, rule)]
    }
    if (!allowedAtRoot.includes(goName(member))) {
      const list = `[${allowedAtRoot.join(' ')}]`
      const rule = `only ${list} fields are allowed at the root of the schema if the status subresource is enabled`
      return [invalidField(path.child('openAPIV3Schema'), shownSchema(props), rule)]
    }
  }
  return []
}
