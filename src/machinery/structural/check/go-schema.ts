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
const maxLength = 1 << 18

/** A schema as it is shown in a message. */
export function shownSchema(props: CustomSchemaProps): unknown {
  return shown((write) => writeSchema(props, write), props)
}

/** What a schema says of items, as it is shown in a message. */
export function shownItems(props: CustomSchemaProps): unknown {
  return shown((write) => writeItems(props, write), props.items)
}

/** Takes the next piece of the text. Pieces are put together once, however deep they lie. */
type Write = (piece: string) => void

class TooLongError extends Error {
  override readonly name = 'TooLongError'
}

function shown(writeAll: (write: Write) => void, given: unknown): unknown {
  const pieces: string[] = []
  let length = 0
  try {
    writeAll((piece) => {
      length += piece.length
      if (length > maxLength) throw new TooLongError('the schema is too long to be shown')
      pieces.push(piece)
    })
    return new GoText(pieces.join(''))
  } catch (error) {
    if (error instanceof TooLongError) return given
    throw error
  }
}

function writeSchema(props: CustomSchemaProps | undefined, write: Write): void {
  if (props === undefined) {
    write('null')
    return
  }
  for (const [i, [name, go]] of named.entries()) {
    write(`${i === 0 ? '{' : ','}"${go}":`)
    writeMember(props, name, write)
  }
  write('}')
}

function writeMember(props: CustomSchemaProps, name: Member, write: Write): void {
  switch (name) {
    case 'items':
      if (props.items === undefined) write('null')
      else writeItems(props, write)
      break
    case 'not':
      writeSchema(props.not, write)
      break
    case 'allOf':
    case 'oneOf':
    case 'anyOf':
      writeList(props[name], write)
      break
    case 'properties':
    case 'patternProperties':
    case 'definitions':
      writeMap(props[name], write, writeSchema)
      break
    case 'additionalProperties':
    case 'additionalItems':
      writeSchemaOrBool(props[name], write)
      break
    case 'dependencies':
      writeMap(props.dependencies, write, writeDependency)
      break
    case 'x-kubernetes-validations':
      write(rulesText(props[name]))
      break
    default:
      write(goJson(plainValue(props, name)))
  }
}

function rulesText(rules: readonly CustomRule[] | undefined): string {
  return rules === undefined ? 'null' : `[${rules.map(ruleText).join(',')}]`
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

/** What is no schema, with the names that Go has for it. */
function plainValue(props: CustomSchemaProps, name: Member): unknown {
  if (name === 'externalDocs' && props.externalDocs) {
    const { description = '', url = '' } = props.externalDocs
    return { Description: description, URL: url }
  }
  if (texts.has(name)) return props[name] ?? ''
  return props[name] ?? (flags.has(name) ? false : null)
}

function writeItems(props: CustomSchemaProps, write: Write): void {
  const list = itemPropsList(props)
  write('{"Schema":')
  writeSchema(itemProps(props), write)
  write(',"JSONSchemas":')
  writeList(list.length > 0 ? list : undefined, write)
  write('}')
}

function writeList(list: readonly CustomSchemaProps[] | undefined, write: Write): void {
  if (list === undefined) write('null')
  else {
    write('[')
    for (const [i, one] of list.entries()) {
      if (i > 0) write(',')
      writeSchema(one, write)
    }
    write(']')
  }
}

function writeMap<T>(
  map: Readonly<Record<string, T>> | undefined,
  write: Write,
  writeOne: (one: T, write: Write) => void,
): void {
  if (map === undefined) {
    write('null')
    return
  }
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))
  write('{')
  for (const [i, [name, one]] of entries.entries()) {
    write(`${i === 0 ? '' : ','}${goJson(name)}:`)
    writeOne(one, write)
  }
  write('}')
}

function writeSchemaOrBool(value: CustomSchemaProps | boolean | undefined, write: Write): void {
  if (value === undefined) {
    write('null')
    return
  }
  const isSchema = typeof value === 'object'
  write(`{"Allows":${isSchema || value},"Schema":`)
  writeSchema(isSchema ? value : undefined, write)
  write('}')
}

function writeDependency(value: CustomSchemaProps | readonly string[], write: Write): void {
  const isList = isNames(value)
  write('{"Schema":')
  writeSchema(isList ? undefined : value, write)
  write(`,"Property":${isList ? goJson(value) : 'null'}}`)
}

function isNames(value: CustomSchemaProps | readonly string[]): value is readonly string[] {
  return Array.isArray(value)
}
