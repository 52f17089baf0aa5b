/** Schemas as Go writes those of its own that have no names for JSON: messages show such ones. */
import { GoText } from '../../fields/field-errors.ts'
import { goJson } from '../../values/go-format.ts'
import {
  type CustomRule,
  type CustomSchemaProps,
  itemProps,
  itemPropsList,
} from '../model/schema-props.ts'

/** The members in the order in which Go has them, by their names in JSON. */
export const members = [
  ...(['id', '$schema', '$ref', 'description', 'type', 'nullable', 'format', 'title'] as const),
  ...(['default', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'] as const),
  ...(['maxLength', 'minLength', 'pattern', 'maxItems', 'minItems', 'uniqueItems'] as const),
  ...(['multipleOf', 'enum', 'maxProperties', 'minProperties', 'required', 'items'] as const),
  ...(['allOf', 'oneOf', 'anyOf', 'not', 'properties', 'additionalProperties'] as const),
  ...(['patternProperties', 'dependencies', 'additionalItems', 'definitions'] as const),
  ...(['externalDocs', 'example', 'x-kubernetes-preserve-unknown-fields'] as const),
  ...(['x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string'] as const),
  ...(['x-kubernetes-list-map-keys', 'x-kubernetes-list-type', 'x-kubernetes-map-type'] as const),
  'x-kubernetes-validations',
] as const satisfies readonly (keyof CustomSchemaProps)[]

type Member = (typeof members)[number]

/** `x-kubernetes-list-type` is `XListType` in Go, `maxItems` is `MaxItems`. */
export function goName(member: string): string {
  if (member === 'id') return 'ID'
  return member
    .replace('x-kubernetes-', 'x-')
    .replace('$', '')
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

const named: readonly (readonly [Member, string])[] = members.map((name) => [name, goName(name)])

const texts: ReadonlySet<string> = new Set([
  ...['id', '$schema', 'description', 'type', 'format', 'title', 'pattern'],
])
const flags: ReadonlySet<string> = new Set([
  ...['nullable', 'exclusiveMaximum', 'exclusiveMinimum', 'uniqueItems'],
  ...['x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string'],
])

/** Longer ones are shown as they were given: Go's form is many times as long. */
const maxLength = 1 << 20

/** A schema as it is shown in a message. */
export function shownSchema(props: CustomSchemaProps): unknown {
  return shown((room) => schemaText(props, room), props)
}

/** What a schema says of items, as it is shown in a message. */
export function shownItems(props: CustomSchemaProps): unknown {
  return shown((room) => itemsText(props, room), props.items)
}

interface Room {
  left: number
}

class TooLongError extends Error {
  override readonly name = 'TooLongError'
}

function shown(write: (room: Room) => string, given: unknown): unknown {
  try {
    return new GoText(write({ left: maxLength }))
  } catch (error) {
    if (error instanceof TooLongError) return given
    throw error
  }
}

function schemaText(props: CustomSchemaProps, room: Room): string {
  const parts = named.map(([name, go]) => `"${go}":${memberText(props, name, room)}`)
  const text = `{${parts.join(',')}}`
  // Of what is in it only the names are new: what they name was counted before.
  room.left -= named.length * 16
  if (room.left < 0) throw new TooLongError('the schema is too long to be shown')
  return text
}

function memberText(props: CustomSchemaProps, name: Member, room: Room): string {
  const schema = (child: CustomSchemaProps | undefined) =>
    child === undefined ? 'null' : schemaText(child, room)
  switch (name) {
    case 'items':
      return props.items === undefined ? 'null' : itemsText(props, room)
    case 'not':
      return schema(props.not)
    case 'allOf':
    case 'oneOf':
    case 'anyOf':
      return listText(props[name], schema)
    case 'properties':
    case 'patternProperties':
    case 'definitions':
      return mapText(props[name], schema)
    case 'additionalProperties':
    case 'additionalItems':
      return schemaOrBoolText(props[name], schema)
    case 'dependencies':
      return mapText(props.dependencies, (one) => dependencyText(one, schema))
    case 'externalDocs': {
      const { externalDocs } = props
      const { description = '', url = '' } = externalDocs ?? {}
      return externalDocs ? `{"Description":${goJson(description)},"URL":${goJson(url)}}` : 'null'
    }
    case 'x-kubernetes-validations':
      return listText(props[name], ruleText)
    default:
      return plainText(props[name] ?? zeroOf(name), room)
  }
}

function zeroOf(name: Member): unknown {
  if (texts.has(name)) return ''
  return flags.has(name) ? false : null
}

function plainText(value: unknown, room: Room): string {
  const text = goJson(value)
  room.left -= text.length
  return text
}

function itemsText(props: CustomSchemaProps, room: Room): string {
  const one = itemProps(props)
  const list = itemPropsList(props)
  const schemas = listText(list.length > 0 ? list : undefined, (item) => schemaText(item, room))
  return `{"Schema":${one ? schemaText(one, room) : 'null'},"JSONSchemas":${schemas}}`
}

function listText<T>(list: readonly T[] | undefined, text: (one: T) => string): string {
  return list === undefined ? 'null' : `[${list.map(text).join(',')}]`
}

function mapText<T>(
  map: Readonly<Record<string, T>> | undefined,
  text: (one: T) => string,
): string {
  if (map === undefined) return 'null'
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, one]) => `${goJson(name)}:${text(one)}`).join(',')}}`
}

type SchemaText = (props: CustomSchemaProps | undefined) => string

function schemaOrBoolText(
  value: CustomSchemaProps | boolean | undefined,
  schema: SchemaText,
): string {
  if (value === undefined) return 'null'
  const isSchema = typeof value === 'object'
  return `{"Allows":${isSchema || value},"Schema":${schema(isSchema ? value : undefined)}}`
}

function dependencyText(value: CustomSchemaProps | readonly string[], schema: SchemaText): string {
  if (isNames(value)) return `{"Schema":null,"Property":${goJson(value)}}`
  return `{"Schema":${schema(value)},"Property":null}`
}

function isNames(value: CustomSchemaProps | readonly string[]): value is readonly string[] {
  return Array.isArray(value)
}

function ruleText(rule: CustomRule): string {
  const parts: readonly (readonly [string, unknown])[] = [
    ['Rule', rule.rule ?? ''],
    ['Message', rule.message ?? ''],
    ['MessageExpression', rule.messageExpression ?? ''],
    ['Reason', rule.reason ?? null],
    ['FieldPath', rule.fieldPath ?? ''],
    ['OptionalOldSelf', rule.optionalOldSelf ?? null],
  ]
  return `{${parts.map(([name, value]) => `"${name}":${goJson(value)}`).join(',')}}`
}
