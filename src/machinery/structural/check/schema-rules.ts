/** The rules that every node of an openAPIV3Schema is held to, structural or not. */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  notSupportedField,
} from '../../fields/field-errors.ts'
import type { FieldPath } from '../../fields/field-path.ts'
import { createErrorList, type ErrorList } from '../model/error-list.ts'
import {
  additionalProps,
  type CustomSchemaProps,
  itemProps,
  itemPropsList,
} from '../model/schema-props.ts'
import type { Structural } from '../model/structural.ts'
import type { Leniency } from './leniency.ts'
import { keyValueErrors, listTypeErrors } from './list-rules.ts'
import { ruleErrors } from './rule-shapes.ts'

/** What is known of the surroundings of a node. */
interface Context {
  readonly leniency: Leniency
  readonly structuralOf: (props: CustomSchemaProps) => Structural | undefined
  readonly isRoot?: boolean
  /** Whether it is part of the apiVersion, kind or metadata of a resource. */
  readonly inMeta?: boolean
  /** Set where there must be no default: why. */
  readonly noDefaults?: string
}

/** What a schema breaks of them; the rest is left to the rules of structural schemas. */
export function schemaRuleErrors(
  props: CustomSchemaProps,
  path: FieldPath,
  context: Pick<Context, 'leniency' | 'structuralOf'>,
): readonly FieldError[] {
  const errors = createErrorList()
  check(props, path, { ...context, isRoot: true }, errors)
  return errors.all
}

function check(
  props: CustomSchemaProps,
  path: FieldPath,
  context: Context,
  errors: ErrorList,
): void {
  if (errors.isFull) return
  const { leniency } = context
  errors.push(...keywordErrors(props, path, context))
  if (props.uniqueItems) {
    const rule = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(forbiddenField(path.child('uniqueItems'), rule))
  }
  checkMembers(props, path, context, errors)
  checkOthers(props, path, { ...context, isRoot: false }, errors)
  if (props['x-kubernetes-preserve-unknown-fields'] === false) {
    const at = path.child('x-kubernetes-preserve-unknown-fields')
    errors.push(invalidField(at, false, 'must be true or undefined'))
  }
  if (errors.isFull) return
  errors.push(
    ...listTypeErrors(props, path, leniency),
    ...(leniency.requiresKeyValues ? keyValueErrors(props, path) : []),
    ...ruleErrors(props, () => context.structuralOf(props), path),
  )
}

const types: readonly string[] = ['array', 'boolean', 'integer', 'number', 'object', 'string']

function keywordErrors(props: CustomSchemaProps, path: FieldPath, context: Context): FieldError[] {
  const { type = '' } = props
  const errors: FieldError[] = []
  if (context.leniency.requiresKnownTypes && type !== '' && !types.includes(type)) {
    errors.push(notSupportedField(path.child('type'), type, types))
  }
  const isSet = (value: unknown) => value !== undefined && value !== null
  const hasDefault = isSet(props.default)
  const noDefaults = `must not be set ${context.noDefaults}`
  const setType = 'type cannot be set to null, use nullable as an alternative'
  const noList = 'items must be a schema object and not an array'
  const unsupported = (name: string) => `${name} is not supported`
  const rules: readonly [boolean, string, string][] = [
    [hasDefault && context.noDefaults !== undefined, 'default', noDefaults],
    [(props.id ?? '') !== '', 'id', unsupported('id')],
    [isSet(props.additionalItems), 'additionalItems', unsupported('additionalItems')],
    [hasMembers(props.patternProperties), 'patternProperties', unsupported('patternProperties')],
    [hasMembers(props.definitions), 'definitions', unsupported('definitions')],
    [isSet(props.dependencies), 'dependencies', unsupported('dependencies')],
    [isSet(props.$ref), '$ref', unsupported('$ref')],
    [type === 'null', 'type', setType],
    [itemPropsList(props).length > 0, 'items', noList],
    [
      (context.inMeta && props['x-kubernetes-embedded-resource']) ?? false,
      'x-kubernetes-embedded-resource',
      'must not be used inside of resource meta',
    ],
  ]
  for (const [isBroken, name, rule] of rules) {
    if (isBroken) errors.push(forbiddenField(path.child(name), rule))
  }
  return errors
}

function hasMembers(map: object | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0
}

const metaFields: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion'])

/** Properties, and the schema of what has none; there must not be both. */
function checkMembers(
  props: CustomSchemaProps,
  path: FieldPath,
  context: Context,
  errors: ErrorList,
): void {
  const { properties = {}, additionalProperties: additional } = props
  const inside: Context = { ...context, isRoot: false }
  if (additional !== undefined && additional !== null) {
    if (hasMembers(properties) && additional !== true) {
      const rule = 'additionalProperties and properties are mutual exclusive'
      errors.push(forbiddenField(path.child('additionalProperties'), rule))
    }
    const noDefaults = 'inside additionalProperties applying to object metadata'
    const others = additionalProps(props)
    const within = context.inMeta ? { ...inside, noDefaults } : inside
    if (others) check(others, path.child('additionalProperties'), within, errors)
  }
  const isResource = context.isRoot || props['x-kubernetes-embedded-resource']
  for (const [name, child] of Object.entries(properties)) {
    const isMeta = isResource && metaFields.has(name)
    const within: Context = {
      ...inside,
      ...(isMeta && { inMeta: true }),
      ...(isMeta && context.isRoot && { noDefaults: `in top-level ${name}` }),
    }
    check(child, path.child('properties').key(name), within, errors)
  }
}

/** Value validations, items, and the keywords that are refused altogether. */
function checkOthers(
  props: CustomSchemaProps,
  path: FieldPath,
  context: Context,
  errors: ErrorList,
): void {
  if (props.not) check(props.not, path.child('not'), context, errors)
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const [i, child] of (props[name] ?? []).entries()) {
      check(child, path.child(name).index(i), context, errors)
    }
  }
  for (const [name, child] of Object.entries(props.definitions ?? {})) {
    check(child, path.child('definitions').key(name), context, errors)
  }
  const items = itemProps(props)
  if (items) check(items, path.child('items'), context, errors)
  for (const [i, child] of itemPropsList(props).entries()) {
    check(child, path.child('items').index(i), context, errors)
  }
  for (const [name, child] of Object.entries(props.dependencies ?? {})) {
    if (isProps(child)) check(child, path.child('dependencies').key(name), context, errors)
  }
}

function isProps(value: CustomSchemaProps | readonly string[]): value is CustomSchemaProps {
  return !Array.isArray(value)
}
