/** Validation of values by a structural schema, with upstream's rules, order and texts. */
import { goJson, goQuote, isGoInteger } from '../../values/go-format.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { isMap, type JsonMap } from '../values/json.ts'
import { type Counterpart, sameValue } from './correlated.ts'
import type { Faults } from './faults.ts'
import {
  invalidFault,
  isTextFormat,
  isWhole,
  typeFault,
  validateFormat,
  validateNumber,
  validateText,
} from './scalars.ts'

/** Where a value stands, and the value before it if that may excuse faults. */
export interface Position {
  /** `spec.list[0].x`, or `.x` below an unnamed root: as upstream writes it in messages. */
  readonly name: string
  readonly correlated?: Counterpart | undefined
}

/**
 * Adds to `faults` what is wrong with a value. The result is how many checks it has passed, which decides
 * of several alternatives whose faults are told: those of the one that fits best.
 */
export function validateValue(
  value: unknown,
  node: Structural,
  position: Position,
  faults: Faults,
): number {
  faults.spend(1)
  const before = faults.count
  const matches = validateAll(value, node, position, faults)
  if (faults.count > before && position.correlated?.isUnchanged()) faults.forget(before)
  return matches
}

function validateAll(value: unknown, node: Structural, position: Position, faults: Faults): number {
  const { name } = position
  if (value === null) {
    const matched = validateNull(node, name, faults)
    validateEnum(value, node, name, faults)
    return matched
  }
  let matches = 0
  const { props, types } = node
  if (types.length > 0 || node.format !== '') matches += validateType(value, node, name, faults) + 1
  matches += validateJunctors(value, node, name, faults) + 1
  if (typeof value === 'string') {
    validateText(value, node, name, faults)
    matches++
    if (node.format !== '' && isTextFormat(node.format)) {
      validateFormat(value, node.format, name, faults)
      matches++
    }
  }
  if (isNumber(value)) {
    validateNumber(value, node, name, faults)
    matches += 2
  }
  if (Array.isArray(value)) matches += validateItems(value, node, position, faults) + 2
  if (props.enum) validateEnum(value, node, name, faults)
  matches++
  if (isMap(value)) matches += validateMembers(value, node, position, faults) + 1
  return matches + 1
}

function validateNull({ types, isNullable }: Structural, name: string, faults: Faults): number {
  if (types.length === 0 || types.includes('null') || isNullable) return 1
  faults.add(() => typeFault(name, types.join(), 'null'))
  return 0
}

/** How JSON and Go call the type of a value, and how upstream calls its format. */
function typeOf(value: unknown): readonly [string, string] {
  if (isNumber(value)) {
    return isGoInteger(value) ? ['integer', 'int64'] : ['number', 'float64']
  }
  if (Array.isArray(value)) return ['array', '']
  return [typeof value, '']
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function validateType(value: unknown, node: Structural, name: string, faults: Faults): number {
  const { types, format } = node
  const [type, ownFormat] = typeOf(value)
  const isWholeNumber =
    typeof value === 'number' && type === 'number' && isWhole(value) && types.includes('integer')
  const fits =
    types.includes(type) || isWholeNumber || (type === 'integer' && types.includes('number'))
  const hasText = type === 'string' || type === 'array'
  if (!hasText && format !== '' && !fits && ownFormat !== format) {
    faults.add(() => typeFault(name, format, ownFormat))
    return 0
  }
  const isNumeric = types.includes('number') || types.includes('integer')
  if (fits || (!isNumeric && format !== '' && hasText)) return 1
  faults.add(() => typeFault(name, types.join(), type))
  return 0
}

function validateEnum(value: unknown, node: Structural, name: string, faults: Faults): void {
  const { enum: allowed = [] } = node.props
  if (allowed.length === 0 || isAllowed(value, node)) return
  faults.add(() => {
    const supported = allowed.map((one) => (typeof one === 'string' ? one : goJson(one)))
    const message = `${name} in body should be one of ${goQuote(supported.join(' '))}`
    return { name, kind: 'enum', value, supported, message }
  })
}

/** The scalars among the values that are allowed, for lists that are long. */
const allowedScalars = new WeakMap<Structural, ReadonlySet<unknown>>()

function isAllowed(value: unknown, node: Structural): boolean {
  const { enum: allowed = [] } = node.props
  if (value === null) return false
  if (typeof value === 'object') return allowed.some((one) => sameValue(one, value))
  let scalars = allowedScalars.get(node)
  if (!scalars) {
    scalars = new Set(allowed.filter((one) => one !== null))
    allowedScalars.set(node, scalars)
  }
  if (scalars.has(value)) return true
  // Upstream makes a fraction an integer before it compares the two.
  return typeof value === 'number' && scalars.has(Math.trunc(value))
}

function validateItems(
  items: readonly unknown[],
  node: Structural,
  { name, correlated }: Position,
  faults: Faults,
): number {
  const { minItems, maxItems, uniqueItems } = node.props
  const size = items.length
  let matches = 0
  if (node.items) {
    for (let i = 0; i < size; i++) {
      const position = { name: `${name}[${i}]`, correlated: correlated?.item(i) }
      matches += validateValue(items[i], node.items, position, faults)
    }
  }
  if (minItems !== undefined && size < minItems) {
    faults.add(() => invalidFault(name, size, `should have at least ${minItems} items`))
  }
  if (maxItems !== undefined && size > maxItems) {
    const message = `${name} in body should have at most ${maxItems} items`
    faults.add(() => ({ name, kind: 'tooMany', value: size, limit: maxItems, message }))
  }
  if (uniqueItems && new Set(items.map(goJson)).size < size) {
    faults.add(() => invalidFault(name, undefined, "shouldn't contain duplicates"))
  }
  return matches
}

function validateMembers(
  map: JsonMap,
  node: Structural,
  position: Position,
  faults: Faults,
): number {
  const { name } = position
  let matches = 0
  validateSize(Object.keys(map).length, node, name, faults)
  if (node.additional !== undefined && node.additional !== true) {
    matches += validateOthers(map, node, position, faults)
  }
  for (const [member, schema] of node.properties) {
    if (!Object.hasOwn(map, member)) continue
    const at = {
      name: name === '' ? member : `${name}.${member}`,
      correlated: before(position, member),
    }
    matches += validateValue(map[member], schema, at, faults)
  }
  for (const member of node.props.required ?? []) {
    if (Object.hasOwn(map, member)) continue
    const at = `${name}.${member}`
    faults.add(() => ({ name: at, kind: 'required', message: `${at} in body is required` }))
  }
  return matches
}

/** Members that are no properties, where they are held to a schema or must not be. */
function validateOthers(
  map: JsonMap,
  node: Structural,
  position: Position,
  faults: Faults,
): number {
  const others = schemaOfOthers(node)
  let matches = 0
  for (const member in map) {
    if (node.properties.has(member)) continue
    if (!others) {
      forbid(member, position.name, faults)
      continue
    }
    const at = { name: `${position.name}.${member}`, correlated: before(position, member) }
    matches += validateValue(map[member], others, at, faults)
  }
  return matches
}

/** What a member was before. That the apiVersion is another one cannot be seen, and excuses nothing. */
function before({ name, correlated }: Position, member: string): Counterpart | undefined {
  const isOfType = name === '' && (member === 'kind' || member === 'apiVersion')
  return isOfType ? undefined : correlated?.member(member)
}

function forbid(member: string, name: string, faults: Faults): void {
  const message = `${name}.${member} in body is a forbidden property`
  faults.add(() => ({ name, kind: 'invalid', value: member, message }))
}

function validateSize(size: number, { props }: Structural, name: string, faults: Faults): void {
  const { minProperties, maxProperties } = props
  if (minProperties !== undefined && size < minProperties) {
    faults.add(() => invalidFault(name, size, `should have at least ${minProperties} properties`))
  }
  if (maxProperties !== undefined && size > maxProperties) {
    const message = `${name} in body should have at most ${maxProperties} properties`
    faults.add(() => ({ name, kind: 'tooMany', value: size, limit: maxProperties, message }))
  }
}

/** anyOf, oneOf, allOf and not, in this order. */
function validateJunctors(value: unknown, node: Structural, name: string, faults: Faults): number {
  let matches = 1
  if (node.anyOf.length > 0) matches += validateAnyOf(value, node.anyOf, name, faults)
  if (node.oneOf.length > 0) matches += validateOneOf(value, node.oneOf, name, faults)
  if (node.allOf.length > 0) matches += validateAllOf(value, node.allOf, name, faults)
  if (node.not) {
    const { isValid } = tryOne(value, node.not, name, faults)
    if (isValid) addWithoutPlace(faults, name, 'must not validate the schema (not)')
  }
  return matches
}

interface Attempt {
  readonly isValid: boolean
  readonly matches: number
  readonly faults: Faults
}

function tryOne(value: unknown, node: Structural, name: string, within: Faults): Attempt {
  const faults = within.attempt()
  const matches = validateValue(value, node, { name }, faults)
  return { isValid: faults.count === 0, matches, faults }
}

/** The attempt that passed the most checks; the first of those that passed as many. */
function bestOf(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.reduce<Attempt | undefined>(
    (best, attempt) => (best && best.matches >= attempt.matches ? best : attempt),
    undefined,
  )
}

function validateAnyOf(
  value: unknown,
  nodes: readonly Structural[],
  name: string,
  faults: Faults,
): number {
  let best: Attempt | undefined
  for (const node of nodes) {
    const attempt = tryOne(value, node, name, faults)
    if (attempt.isValid) return attempt.matches
    best = best ? bestOf([best, attempt]) : attempt
  }
  addWithoutPlace(faults, name, 'must validate at least one schema (anyOf)')
  if (best) faults.addAll(best.faults)
  return best?.matches ?? 0
}

function validateOneOf(
  value: unknown,
  nodes: readonly Structural[],
  name: string,
  faults: Faults,
): number {
  let [valid, best]: [readonly Attempt[], Attempt | undefined] = [[], undefined]
  for (const node of nodes) {
    const attempt = tryOne(value, node, name, faults)
    if (attempt.isValid) valid = [...valid, attempt]
    else best = best ? bestOf([best, attempt]) : attempt
  }
  const [first] = valid
  if (first && valid.length === 1) return first.matches
  const found = first ? `Found ${valid.length} valid alternatives` : 'Found none valid'
  addWithoutPlace(faults, name, `must validate one and only one schema (oneOf). ${found}`)
  if (first || !best) return 0
  faults.addAll(best.faults)
  return best.matches
}

function validateAllOf(
  value: unknown,
  nodes: readonly Structural[],
  name: string,
  faults: Faults,
): number {
  let [valid, matches] = [0, 0]
  for (const node of nodes) {
    const before = faults.count
    matches += validateValue(value, node, { name }, faults)
    if (faults.count === before) valid++
  }
  if (valid < nodes.length) {
    const none = valid === 0 ? '. None validated' : ''
    addWithoutPlace(faults, name, `must validate all the schemas (allOf)${none}`)
  }
  return matches
}

/** Upstream does not say of these where they are, other than in the text. */
function addWithoutPlace(faults: Faults, name: string, rule: string): void {
  faults.add(() => ({ name: '', kind: 'invalid', message: `${goQuote(name)} ${rule}` }))
}
