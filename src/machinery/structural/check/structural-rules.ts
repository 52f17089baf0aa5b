/** The rules of structural schemas: what must be said, and what must not be said where. */
import { derived } from '#lib'
import {
  type FieldError,
  fieldErrorMessage,
  forbiddenField,
  invalidField,
  requiredField,
} from '../../fields/field-errors.ts'
import { type FieldPath, fieldPath } from '../../fields/field-path.ts'
import { createErrorList, type ErrorList } from '../model/error-list.ts'
import type { CustomSchemaProps } from '../model/schema-props.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { sameValue } from '../validate/correlated.ts'
import { patternOf } from '../validate/patterns.ts'
import { addMissingStructure } from './completeness.ts'

type Level = 'root' | 'item' | 'field'

/** What a tree breaks of the rules, sorted by its text as upstream sorts it. */
export function structuralErrors(root: Structural, path: FieldPath): FieldError[] {
  const errors = createErrorList()
  checkNode(root, 'root', path, errors)
  addMissingStructure(root, path, errors)
  const texts = new Map(errors.all.map((error) => [error, fieldErrorMessage(error)]))
  const textOf = (error: FieldError) => texts.get(error) ?? ''
  return errors.all.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0))
}

/**
 * Whether a tree breaks none of the rules. Of one that does, as there were before there were rules, nothing
 * is shown in OpenAPI, and its fields are owned as if there was no schema.
 */
export const followsRules: (root: Structural) => boolean = derived(
  (root) => structuralErrors(root, fieldPath()).length === 0,
)

const missingType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function checkNode(node: Structural, level: Level, path: FieldPath, errors: ErrorList): void {
  if (errors.isFull) return
  const { type, items, isEmbedded } = node
  if (type === 'array' && !items) {
    errors.push(requiredField(path.child('items'), 'must be specified'))
  }
  if (items) checkNode(items, 'item', path.child('items'), errors)
  for (const [name, child] of node.properties) {
    checkNode(child, 'field', path.child('properties').key(name), errors)
  }
  if (node.additional !== undefined && level === 'root') {
    errors.push(forbiddenField(path.child('additionalProperties'), 'must not be used at the root'))
  }
  const others = schemaOfOthers(node)
  if (others) checkNode(others, 'field', path.child('additionalProperties'), errors)
  checkIntOrString(node, path, errors)
  checkJunctors(node, { anyOf: isIntOrString(node), allOf: isFirstIntOrString(node) }, path, errors)
  checkType(node, level, path, errors)
  if (isEmbedded && node.additional !== undefined) {
    const rule = 'must not be used if x-kubernetes-embedded-resource is set'
    errors.push(forbiddenField(path.child('additionalProperties'), rule))
  }
  checkMeta(node, level, path, errors)
  if (isEmbedded && !node.preservesUnknown && node.properties.size === 0) {
    const rule =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.push(requiredField(path.child('properties'), rule))
  }
}

function checkIntOrString(node: Structural, path: FieldPath, errors: ErrorList): void {
  if (!node.isIntOrString) return
  const rule = 'must be false if x-kubernetes-int-or-string is true'
  if (node.preservesUnknown) {
    errors.push(invalidField(path.child('x-kubernetes-preserve-unknown-fields'), true, rule))
  }
  if (node.isEmbedded) {
    errors.push(invalidField(path.child('x-kubernetes-embedded-resource'), true, rule))
  }
}

function checkType(node: Structural, level: Level, path: FieldPath, errors: ErrorList): void {
  const { type } = node
  const at = path.child('type')
  if (node.isEmbedded && type !== 'object') {
    const rule = 'must be object if x-kubernetes-embedded-resource is true'
    errors.push(type === '' ? requiredField(at, rule) : invalidField(at, type, rule))
  } else if (type === '' && !node.isIntOrString && !node.preservesUnknown) {
    errors.push(requiredField(at, missingType[level]))
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(invalidField(at, type, 'must be object at the root'))
  }
}

function checkMeta(node: Structural, level: Level, path: FieldPath, errors: ErrorList): void {
  const isResource = level === 'root' || node.isEmbedded
  const at = (name: string) => path.child('properties').key(name)
  const wanted = { kind: 'string', apiVersion: 'string', metadata: 'object' }
  for (const [name, type] of Object.entries(wanted)) {
    const property = node.properties.get(name)
    if (isResource && property && property.type !== type) {
      errors.push(invalidField(at(name).child('type'), property.type, `must be ${type}`))
    }
  }
  const metadata = node.properties.get('metadata')
  if (level === 'root' && metadata && !namesOnly(metadata.props)) {
    const rule =
      'must not specify anything other than name and generateName, but metadata is implicitly specified'
    errors.push(forbiddenField(at('metadata'), rule))
  }
}

/** Whether a schema of metadata says nothing but what names there may be. */
function namesOnly(props: CustomSchemaProps): boolean {
  const { type: _, default: __, properties = {}, ...rest } = props
  const names = Object.keys(properties)
  const isNames = names.every((name) => name === 'name' || name === 'generateName')
  return isNames && Object.entries(rest).every(([name, value]) => isUnset(name, value))
}

/** Members that are set as soon as they stand there; others when they are not zero. */
const pointers: ReadonlySet<string> = new Set([
  ...['maximum', 'minimum', 'maxLength', 'minLength', 'maxItems', 'minItems', 'multipleOf'],
  ...['maxProperties', 'minProperties', 'not', 'items', 'additionalProperties', 'externalDocs'],
  ...['x-kubernetes-list-type', 'x-kubernetes-map-type', 'x-kubernetes-preserve-unknown-fields'],
  ...['example', '$ref', 'additionalItems'],
])

/** Whether a member of a schema means nothing, as Go's zero values do. */
export function isUnset(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (pointers.has(name)) return false
  if (typeof value === 'object') return Object.keys(value).length === 0
  return value === '' || value === false || value === 0
}

const intOrString = [{ type: 'integer' }, { type: 'string' }]

function isIntOrString({ props: { anyOf } }: Structural): boolean {
  return sameValue(anyOf, intOrString)
}

function isFirstIntOrString({ allOf: [first] }: Structural): boolean {
  return first !== undefined && isIntOrString(first)
}

/** What need not be checked, since it says no more than integer or string. */
interface Skipped {
  readonly anyOf: boolean
  /** The anyOf in the first node of allOf. */
  readonly allOf?: boolean
}

function checkJunctors(
  node: Structural,
  skipped: Skipped,
  path: FieldPath,
  errors: ErrorList,
): void {
  const noRules = { anyOf: false }
  const checkEach = (nodes: readonly Structural[], name: string) => {
    for (const [i, child] of nodes.entries()) {
      checkNested(child, noRules, path.child(name).index(i), errors)
    }
  }
  if (!skipped.anyOf) checkEach(node.anyOf, 'anyOf')
  for (const [i, child] of node.allOf.entries()) {
    const anyOf = i === 0 && (skipped.allOf ?? false)
    checkNested(child, { anyOf }, path.child('allOf').index(i), errors)
  }
  checkEach(node.oneOf, 'oneOf')
  if (node.not) checkNested(node.not, noRules, path.child('not'), errors)
  const { pattern = '' } = node.props
  const compiled = pattern === '' ? undefined : patternOf(pattern)
  if (compiled && 'refusal' in compiled) {
    const rule = `must be a valid regular expression, but isn't: ${compiled.refusal}`
    errors.push(invalidField(path.child('pattern'), pattern, rule))
  }
}

/** What a value validation must not say, since only the structure may, and how that is worded. */
const forbidden: readonly (readonly [keyof CustomSchemaProps, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
]

function checkNested(node: Structural, skipped: Skipped, path: FieldPath, errors: ErrorList): void {
  checkJunctors(node, skipped, path, errors)
  if (node.items) checkNested(node.items, { anyOf: false }, path.child('items'), errors)
  for (const [name, child] of node.properties) {
    checkNested(child, { anyOf: false }, path.child('properties').key(name), errors)
  }
  for (const [name, rule] of forbidden) {
    const value = node.props[name]
    const isForbidden = name === 'additionalProperties' ? value : !isUnset(name, value)
    if (isForbidden) errors.push(forbiddenField(path.child(name), rule))
  }
  if (node.properties.has('metadata')) {
    const at = path.child('properties').key('metadata')
    errors.push(forbiddenField(at, 'must not be specified in a nested context'))
  }
}
