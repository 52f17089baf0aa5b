/** Defaults must be what the schema allows, and have nothing that it does not know. */
import { messageOf } from '#lib'
import { aggregateMessage, type FieldError, invalidField } from '../../fields/field-errors.ts'
import { type FieldPath, fieldPath } from '../../fields/field-path.ts'
import { createErrorList, type ErrorList } from '../model/error-list.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { schemaErrors } from '../validate/validate-custom.ts'
import { CoercionError, coerceEmbedded, validateEmbedded } from '../values/embedded.ts'
import { isPruned } from '../values/prune-custom.ts'
import { createTrail } from '../values/trail.ts'

/** The root is a resource, whether it says so or not. */
export function defaultErrors(
  root: Structural,
  path: FieldPath,
  { requiresPrunedDefaults }: { readonly requiresPrunedDefaults: boolean },
): readonly FieldError[] {
  const resource = root.isEmbedded ? root : { ...root, isEmbedded: true }
  const errors = createErrorList()
  visit(resource, path, { requiresPrunedDefaults, resource, inMeta: false, within: rooted }, errors)
  return errors.all
}

/** Whether no default anywhere has what its schema does not know. */
export function defaultsArePruned(node: Structural): boolean {
  const { default: given, items } = node
  if (given !== undefined && !isPruned(given, node)) return false
  const others = schemaOfOthers(node)
  const children = [items, others, ...node.properties.values()]
  return children.every((child) => child === undefined || defaultsArePruned(child))
}

interface Surroundings {
  readonly requiresPrunedDefaults: boolean
  /** The resource that the default is part of, and how to make one around a value. */
  readonly resource: Structural
  readonly within: (value: unknown) => unknown
  readonly inMeta: boolean
}

/** A resource around nothing but its own members. */
function rooted(value: unknown): unknown {
  return { apiVersion: 'validation/v1', kind: 'Validation', ...Object(value) }
}

function visit(
  node: Structural,
  path: FieldPath,
  surroundings: Surroundings,
  errors: ErrorList,
): void {
  if (errors.isFull) return
  const here: Surroundings = node.isEmbedded
    ? { ...surroundings, inMeta: false, within: rooted, resource: node }
    : surroundings
  if (node.default !== undefined) errors.push(...errorsOf(node, path.child('default'), here))
  const { within } = here
  if (node.items) {
    const inside = { ...here, within: (value: unknown) => within([value]) }
    visit(node.items, path.child('items'), inside, errors)
  }
  for (const [name, child] of node.properties) {
    const isMeta = name === 'metadata' || name === 'apiVersion' || name === 'kind'
    const inside: Surroundings = {
      ...here,
      inMeta: here.inMeta || (node.isEmbedded && isMeta),
      within: (value) => within({ [name]: value }),
    }
    visit(child, path.child('properties').key(name), inside, errors)
  }
}

function errorsOf(node: Structural, path: FieldPath, around: Surroundings): readonly FieldError[] {
  const { default: value } = node
  if (around.inMeta) {
    const why = metadataFault(around.within(value), around.resource)
    if (why !== undefined) {
      return [invalidField(path, value, `must result in valid metadata: ${why}`)]
    }
    return schemaErrors(value, node, path)
  }
  const errors: FieldError[] = []
  if (around.requiresPrunedDefaults && !isPruned(value, node)) {
    errors.push(invalidField(path, value, 'must not have unknown fields'))
  }
  try {
    const coerced = coerceEmbedded(value, node, createTrail(), path)
    const embedded = validateEmbedded(coerced, node, path)
    if (embedded.length > 0) return [...errors, ...embedded]
    return [...errors, ...schemaErrors(coerced, node, path)]
  } catch (error) {
    if (error instanceof CoercionError) return [...errors, error.fault]
    throw error
  }
}

/** What is wrong with the metadata of a resource, as one text. */
function metadataFault(resource: unknown, node: Structural): string | undefined {
  try {
    const coerced = coerceEmbedded(resource, node, createTrail())
    const errors = validateEmbedded(coerced, node, fieldPath())
    return errors.length > 0 ? aggregateMessage(errors) : undefined
  } catch (error) {
    return messageOf(error)
  }
}
