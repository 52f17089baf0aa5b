import { fieldPath } from '../../fields/field-path.ts'
import type { SchemaNode } from '../../schema/schema-node.ts'
import { type CustomSchemaProps, someProps } from '../model/schema-props.ts'
import { buildStructural, NotStructuralError } from '../model/structural.ts'
import { defaultsArePruned } from './defaults.ts'
import { keyValueErrors, nonAtomicItems } from './list-rules.ts'
import { structuralErrors } from './structural-rules.ts'

/**
 * Which rules hold. An update may keep what the stored schemas broke already: rules came later than some
 * CustomResourceDefinitions.
 */
export interface Leniency {
  readonly requiresStructural: boolean
  readonly requiresKnownTypes: boolean
  readonly requiresAtomicSets: boolean
  readonly requiresKeyValues: boolean
  readonly requiresPrunedDefaults: boolean
}

/** What holds for an update of these schemas, those of all versions; without any, for a creation. */
export function leniencyFor(old: readonly CustomSchemaProps[], metadata: SchemaNode): Leniency {
  const none = (isBroken: (props: CustomSchemaProps) => boolean) =>
    !old.some((root) => someProps(root, isBroken))
  return {
    requiresStructural: old.every((props) => isStructural(props, metadata)),
    requiresKnownTypes: none(({ type = '' }) => type !== '' && !knownTypes.has(type)),
    requiresAtomicSets: none((props) => nonAtomicItems(props) !== undefined),
    requiresKeyValues: none((props) => keyValueErrors(props, fieldPath()).length > 0),
    requiresPrunedDefaults: old.every((props) => hasPrunedDefaults(props, metadata)),
  }
}

const knownTypes: ReadonlySet<string> = new Set([
  'array',
  'boolean',
  'integer',
  'number',
  'object',
  'string',
])

function isStructural(props: CustomSchemaProps, metadata: SchemaNode): boolean {
  try {
    return structuralErrors(buildStructural(props, { metadata }), fieldPath()).length === 0
  } catch (error) {
    if (error instanceof NotStructuralError) return false
    throw error
  }
}

function hasPrunedDefaults(props: CustomSchemaProps, metadata: SchemaNode): boolean {
  if (!isStructural(props, metadata)) return true
  return defaultsArePruned(buildStructural(props, { metadata }))
}
