/** Resources inside of custom resources: what must hold for their apiVersion, kind and metadata. */
import { messageOf } from '#lib'
import {
  type FieldError,
  fieldErrorMessage,
  invalidField,
  requiredField,
} from '../../fields/field-errors.ts'
import { type FieldPath, fieldPath } from '../../fields/field-path.ts'
import type { ObjectMeta } from '../../meta/object.ts'
import { prune } from '../../schema/prune.ts'
import { checkDns1035Label } from '../../validation/names.ts'
import { validateMetaOnCreate } from '../../validation/object-meta.ts'
import { pathSegmentName } from '../../validation/object-names.ts'
import { withEntries, withItems } from '../../values/share.ts'
import { createErrorList, type ErrorList } from '../model/error-list.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { isMap, type JsonMap } from './json.ts'
import type { Trail } from './trail.ts'

/** Metadata, or a kind, of a resource that cannot be decoded. */
export class CoercionError extends Error {
  override readonly name = 'CoercionError'
  readonly fault: FieldError

  constructor(fault: FieldError) {
    super(fieldErrorMessage(fault))
    this.fault = fault
  }
}

/**
 * The value with the metadata of all embedded resources decoded: unknown fields of it go and are noted.
 * `base` is where the value stands.
 * @throws CoercionError for metadata that cannot be decoded.
 */
export function coerceEmbedded(
  value: unknown,
  node: Structural | undefined,
  trail: Trail,
  base = fieldPath(),
): unknown {
  if (node === undefined || !hasEmbedded(node)) return value
  const inside = (step: string | number, child: unknown, schema: Structural | undefined) => {
    trail.enter(step)
    const coerced = coerceEmbedded(child, schema, trail, base)
    trail.leave()
    return coerced
  }
  if (Array.isArray(value)) {
    return withItems<unknown>(value, (item, i) => inside(i, item, node.items))
  }
  if (!isMap(value)) return value
  const others = schemaOfOthers(node)
  return withEntries(value, (name, child) => {
    const coerced = node.isEmbedded ? coerceMember(name, child, node, { trail, base }) : child
    const schema = node.properties.get(name) ?? others
    return schema ? inside(name, coerced, schema) : coerced
  })
}

function coerceMember(
  name: string,
  value: unknown,
  node: Structural,
  { trail, base }: { readonly trail: Trail; readonly base: FieldPath },
): unknown {
  const refuse = (why: string) => {
    const path = trail.path() === '' ? base : base.child(trail.path())
    return new CoercionError(invalidField(path.child(name), value, why))
  }
  if (name === 'metadata') {
    try {
      const decoded = prune(value ?? {}, node.metadata)
      trail.enter(name)
      for (const field of decoded.unknownFields) trail.note(field)
      trail.leave()
      return decoded.value
    } catch (error) {
      throw refuse(messageOf(error))
    }
  }
  const isText = typeof value === 'string'
  if ((name === 'apiVersion' || name === 'kind') && !isText) throw refuse('must be a string')
  return value
}

/** Whether resources may be embedded at or below a node. Most schemas have none, and need no walk. */
const embeddedBelow = new WeakMap<Structural, boolean>()

function hasEmbedded(node: Structural): boolean {
  let has = embeddedBelow.get(node)
  if (has !== undefined) return has
  has =
    node.isEmbedded ||
    [node.items, schemaOfOthers(node), ...node.properties.values()].some(
      (child) => child !== undefined && hasEmbedded(child),
    )
  embeddedBelow.set(node, has)
  return has
}

/** What is wrong with the resources that a value embeds. */
export function validateEmbedded(
  value: unknown,
  node: Structural | undefined,
  path: FieldPath,
): readonly FieldError[] {
  const errors = createErrorList()
  visitEmbedded(value, node, path, errors)
  return errors.all
}

function visitEmbedded(
  value: unknown,
  node: Structural | undefined,
  path: FieldPath,
  errors: ErrorList,
): void {
  if (node === undefined || errors.isFull || !hasEmbedded(node)) return
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) visitEmbedded(item, node.items, path.index(i), errors)
  }
  if (!isMap(value)) return
  if (node.isEmbedded) errors.push(...validateResource(value, node, path))
  const others = schemaOfOthers(node)
  for (const [name, child] of Object.entries(value)) {
    const property = node.properties.get(name)
    if (property) visitEmbedded(child, property, path.child(name), errors)
    else visitEmbedded(child, others, path.key(name), errors)
  }
}

/** An apiVersion and a kind there must be, metadata there may be. */
function validateResource(resource: JsonMap, node: Structural, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const name of ['apiVersion', 'kind']) {
    if (!Object.hasOwn(resource, name)) errors.push(requiredField(path.child(name)))
  }
  for (const [name, value] of Object.entries(resource)) {
    const at = path.child(name)
    if (name === 'apiVersion') errors.push(...validateText(value, at, checkGroupVersion))
    if (name === 'kind') errors.push(...validateText(value, at, checkKind))
    if (name === 'metadata') errors.push(...validateMetadata(value, node, at))
  }
  return errors
}

function validateText(
  value: unknown,
  path: FieldPath,
  check: (text: string) => string | undefined,
): FieldError[] {
  if (typeof value !== 'string') return [invalidField(path, value, 'must be a string')]
  const why = value === '' ? 'must not be empty' : check(value)
  return why === undefined ? [] : [invalidField(path, value, why)]
}

function checkGroupVersion(text: string): string | undefined {
  return text.split('/').length > 2 ? `unexpected GroupVersion string: ${text}` : undefined
}

function checkKind(kind: string): string | undefined {
  const messages = checkDns1035Label(kind.toLowerCase())
  if (messages.length === 0) return undefined
  return `may have mixed case, but should otherwise match: ${messages.join(',')}`
}

function validateMetadata(value: unknown, node: Structural, path: FieldPath): FieldError[] {
  const decoded = decodeMetadata(value, node)
  if (decoded instanceof Error) return [invalidField(path, value, decoded.message)]
  const named = { ...decoded, name: decoded.name || 'fakename' }
  const rules = { namespaced: !!decoded.namespace, checkName: pathSegmentName }
  return validateMetaOnCreate({ metadata: named }, rules, path)
}

function decodeMetadata(value: unknown, node: Structural): ObjectMeta | Error {
  try {
    // Cast: decoded by the schema of metadata.
    return prune(value ?? {}, node.metadata).value as ObjectMeta
  } catch (error) {
    return new Error(messageOf(error))
  }
}
