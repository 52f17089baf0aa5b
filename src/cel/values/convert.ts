import { CelError } from './cel-error.ts'
import { type CelType, celTypes } from './cel-type.ts'
import {
  formatCelDuration,
  formatTimestamp,
  parseCelDuration,
  parseDate,
  parseTimestamp,
} from './temporal.ts'
import {
  CelDuration,
  CelList,
  CelMap,
  CelMessage,
  CelObject,
  CelOptional,
  CelPreserved,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
  isAbsent,
} from './values.ts'

/**
 * Makes a value of CEL of a JSON value by its declared type. Lists, maps and objects convert what is in
 * them when it is asked for.
 * @throws CelError where the data does not fit the type, in upstream's words.
 */
export function celValueOf(type: CelType, json: unknown): CelValue {
  if (type.isNullable && isAbsent(json)) return null
  switch (type.kind) {
    case 'dyn':
      return dynamicValue(json)
    case 'null':
      return null
    case 'int':
    case 'uint':
    case 'double':
    case 'intOrString':
      return numberOf(type, json)
    case 'bool':
      if (typeof json === 'boolean') return json
      throw mismatch('bool', json)
    case 'string':
    case 'bytes':
    case 'timestamp':
    case 'date':
    case 'duration':
      return textOf(type.kind, json)
    case 'list':
      return listOf(type, json)
    case 'map':
      return mapOf(type.value, json)
    case 'object':
      if (!isRecord(json)) {
        throw new CelError('invalid data, expected a map for the provided schema with type=object')
      }
      return new CelObject(type, json, celValueOf)
    default:
      return new CelPreserved(json)
  }
}

const isRecord = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

const jsonTypeName = (json: unknown): string => {
  if (json === null || json === undefined) return '<nil>'
  if (Array.isArray(json)) return '[]interface {}'
  if (typeof json === 'bigint') return 'int64'
  if (typeof json === 'number') return Number.isInteger(json) ? 'int64' : 'float64'
  return { string: 'string', boolean: 'bool' }[String(typeof json)] ?? 'map[string]interface {}'
}

const mismatch = (expected: string, json: unknown): CelError =>
  new CelError(
    json === null || json === undefined
      ? 'invalid data, got null for schema with nullable=false'
      : `invalid data, expected ${expected}, got ${jsonTypeName(json)}`,
  )

/** Numbers of JSON without a fraction are ints where they fit, the others doubles. */
function dynamicValue(json: unknown): CelValue {
  if (json === null || json === undefined) return null
  if (typeof json === 'boolean' || typeof json === 'string') return json
  if (typeof json === 'bigint') return int64(json)
  if (typeof json === 'number') return isInt64(json) ? BigInt(json) : json
  if (Array.isArray(json)) return listOf({ kind: 'list', element: celTypes.dyn }, json)
  return mapOf(celTypes.dyn, json)
}

function numberOf(type: CelType, json: unknown): CelValue {
  const isNumber = typeof json === 'number' || typeof json === 'bigint'
  if (type.kind === 'double' && isNumber) return Number(json)
  const isWhole = typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json))
  if (type.kind === 'uint' && isWhole) return new CelUint(BigInt(json))
  if (type.kind === 'intOrString') {
    if (typeof json === 'string') return json
    if (isWhole) return int64(BigInt(json))
    throw new CelError('invalid data, expected XIntOrString value to be either a string or integer')
  }
  if (type.kind === 'int' && isWhole) return int64(BigInt(json))
  throw mismatch(type.kind === 'double' ? 'float' : type.kind, json)
}

const isInt64 = (json: number): boolean =>
  Number.isInteger(json) && json >= -(2 ** 63) && json < 2 ** 63

function int64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new CelError('integer overflow')
  return value
}

function textOf(
  kind: 'string' | 'bytes' | 'timestamp' | 'date' | 'duration',
  json: unknown,
): CelValue {
  if (typeof json !== 'string') throw mismatch('string', json)
  switch (kind) {
    case 'string':
      return json
    case 'bytes': {
      const bytes = Buffer.from(json, 'base64')
      if (bytes.toString('base64') === json) return new Uint8Array(bytes)
      throw new CelError(`Invalid byte formatted string ${json}: illegal base64 data`)
    }
    case 'timestamp':
      return parseTimestamp(json) ?? fail(`Invalid date-time formatted string ${json}`)
    case 'date':
      return parseDate(json) ?? fail(`Invalid date formatted string ${json}`)
    case 'duration':
      return parseCelDuration(json) ?? fail(`Invalid duration ${json}`)
  }
}

function fail(message: string): never {
  throw new CelError(message)
}

function listOf(type: CelType & { kind: 'list' }, json: unknown): CelList {
  if (!Array.isArray(json)) {
    throw new CelError('invalid data, expected an array for the provided schema with type=array')
  }
  const elements: readonly unknown[] = json
  return new CelList(
    { size: elements.length, make: () => elements.map((item) => celValueOf(type.element, item)) },
    type.identity,
  )
}

function mapOf(type: CelType, json: unknown): CelMap {
  if (!isRecord(json)) {
    throw new CelError('invalid data, expected a map for the provided schema with type=object')
  }
  return new CelMap(Object.entries(json).map(([key, item]) => [key, () => celValueOf(type, item)]))
}

/**
 * Makes JSON of a value of CEL. Ints that a number of JavaScript cannot hold exactly stay bigints.
 * @throws CelError for what JSON cannot say.
 */
export function jsonOf(value: CelValue): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      throw new CelError(`unsupported double value for JSON: ${value}`)
    case 'bigint':
      return wholeNumber(value)
    default:
      return value === null ? null : jsonOfObject(value)
  }
}

function jsonOfObject(value: CelValue & object): unknown {
  if (value instanceof CelUint) return wholeNumber(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof CelTimestamp) return formatTimestamp(value)
  if (value instanceof CelDuration) return formatCelDuration(value)
  if (value instanceof CelList) return value.items.map(jsonOf)
  if (value instanceof CelMap) {
    return Object.fromEntries(
      value.keys.map((key) => [String(key), jsonOf(value.get(key) ?? null)]),
    )
  }
  if (value instanceof CelObject || value instanceof CelPreserved) return value.json
  if (value instanceof CelMessage) {
    return Object.fromEntries(Array.from(value.fields, ([name, field]) => [name, jsonOf(field)]))
  }
  if (value instanceof CelOptional) return value.value === undefined ? null : jsonOf(value.value)
  if (value instanceof CelTypeValue) return value.name
  throw new CelError(`unsupported conversion of '${value.typeName}' to JSON`)
}

function wholeNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
