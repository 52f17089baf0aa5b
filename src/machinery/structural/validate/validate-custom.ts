import type { FieldErrors } from '../../fields/field-errors.ts'
import { type FieldPath, fieldPath } from '../../fields/field-path.ts'
import type { Structural } from '../model/structural.ts'
import { validateEmbedded } from '../values/embedded.ts'
import type { JsonMap } from '../values/json.ts'
import { validateListTypes } from '../values/list-types.ts'
import { correlate } from './correlated.ts'
import { createFaults, type Faults, fieldErrorsOf } from './faults.ts'
import { validateValue } from './validator.ts'

/** What a write is: of the whole or of the status, in the place of what. */
export interface CustomValidation {
  /** What the object takes the place of: faults of parts that stay as they were are tolerated. */
  readonly old?: JsonMap | undefined
  /** Set where only the status is written, and so validated. */
  readonly part?: 'status'
}

/**
 * What is wrong with a custom resource: by its schema, in the resources that it embeds, and in its lists
 * of type set and map, in upstream's order. Its own metadata is another matter.
 */
export function validateCustom(
  object: JsonMap,
  structural: Structural | undefined,
  { old, part }: CustomValidation = {},
): FieldErrors {
  if (!structural) return []
  const root = fieldPath()
  const oldRepeats = old ? validateListTypes(old, structural, root) : []
  const repeats = oldRepeats.length > 0 ? [] : validateListTypes(object, structural, root)
  if (part === 'status') return [...validateStatus(object, structural, old), ...repeats]
  const faults = faultsOf(object, structural, old)
  return [...fieldErrorsOf(faults), ...validateEmbedded(object, structural, root), ...repeats]
}

function validateStatus(object: JsonMap, structural: Structural, old?: JsonMap): FieldErrors {
  const node = structural.properties.get('status')
  if (!node || !Object.hasOwn(object, 'status')) return []
  return fieldErrorsOf(faultsOf(object.status, node, old?.status), fieldPath('status'))
}

/** Only when there are faults does it matter what stood there before. */
function faultsOf(value: unknown, node: Structural, old: unknown): Faults {
  const faults = createFaults()
  validateValue(value, node, { name: '' }, faults)
  if (faults.count === 0 || old === undefined) return faults
  const tolerant = createFaults()
  validateValue(value, node, { name: '', correlated: correlate(value, old, node) }, tolerant)
  return tolerant
}

/** What a value breaks of a schema: that of a default, say. */
export function schemaErrors(value: unknown, node: Structural, path: FieldPath) {
  const faults = createFaults()
  validateValue(value, node, { name: '' }, faults)
  return fieldErrorsOf(faults, path)
}
