import type { CelType } from '../values/cel-type.ts'
import {
  CelDuration,
  CelList,
  CelMap,
  CelMessage,
  CelObject,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
} from '../values/values.ts'

/** Whether values are of the types of parameters. */
export function fitsAll(parameters: readonly CelType[], values: readonly CelValue[]): boolean {
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i]
    if (parameter && !fits(parameter, values[i] ?? null)) return false
  }
  return true
}

/** Whether a value is of a type, as far as its kind and the first of its elements say. */
export function fits(type: CelType, value: CelValue): boolean {
  switch (type.kind) {
    case 'null':
      return value === null
    case 'bool':
      return typeof value === 'boolean'
    case 'int':
      return typeof value === 'bigint'
    case 'double':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string'
    case 'bytes':
      return value instanceof Uint8Array
    case 'uint':
      return value instanceof CelUint
    case 'timestamp':
    case 'date':
      return value instanceof CelTimestamp
    case 'duration':
      return value instanceof CelDuration
    case 'list':
      return value instanceof CelList && fitsFirst(type.element, value)
    case 'map':
      return value instanceof CelMap
    case 'optional':
      return (
        value instanceof CelOptional &&
        (value.value === undefined || fits(type.element, value.value))
      )
    case 'type':
      return value instanceof CelTypeValue
    case 'object':
      return value instanceof CelObject && value.type.name === type.name
    case 'message':
      return value instanceof CelMessage && value.typeName === type.name
    case 'opaque':
      return value instanceof CelOpaque && value.typeName === type.name
    default:
      return true
  }
}

function fitsFirst(element: CelType, list: CelList): boolean {
  if (element.kind === 'parameter' || element.kind === 'dyn' || list.size === 0) return true
  return fits(element, list.items[0] ?? null)
}
