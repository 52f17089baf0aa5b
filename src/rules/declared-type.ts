import {
  boundedType,
  type CelType,
  celTypes,
  listType,
  mapType,
  nullableType,
  objectType,
} from '#cel'
import type { Structural } from '#machinery/structural'
import { maxSizeOf } from './sizes.ts'

/**
 * The type that a schema declares for CEL, as upstream derives it; undefined for what expressions cannot see: data
 * without a schema of its own. The root of a resource always has its `apiVersion`, `kind` and `metadata`.
 */
export function declaredType(node: Structural, isRoot: boolean, name: string): CelType | undefined {
  const type = shapeOf(node, isRoot, name)
  const size = type && maxSizeOf(node, type)
  const bounded = type && size !== undefined ? boundedType(type, size) : type
  return bounded && node.isNullable ? nullableType(bounded) : bounded
}

function shapeOf(node: Structural, isRoot: boolean, name: string): CelType | undefined {
  if (node.isIntOrString) return celTypes.intOrString
  switch (node.type) {
    case 'array':
      return arrayType(node, name)
    case 'object':
      return typeof node.additional === 'object' && !isRoot
        ? othersType(node.additional, name)
        : propertiesType(node, isRoot, name)
    case 'string':
      return textType(node)
    case 'boolean':
      return celTypes.bool
    case 'number':
      return celTypes.double
    case 'integer':
      return celTypes.int
    default:
      return undefined
  }
}

function arrayType(
  { items, listType: kind, listMapKeys }: Structural,
  name: string,
): CelType | undefined {
  const element = items && declaredType(items, items.isEmbedded, `${name}.@idx`)
  if (!element) return undefined
  if (kind === 'set') return listType(element, { identity: 'set' })
  return kind === 'map' ? listType(element, { identity: listMapKeys }) : listType(element)
}

function othersType(others: Structural, name: string): CelType | undefined {
  const value = declaredType(others, others.isEmbedded, `${name}.@elem`)
  return value && mapType(celTypes.string, value)
}

function propertiesType(node: Structural, isRoot: boolean, name: string): CelType {
  const types: Record<string, CelType> = {}
  for (const [property, child] of node.properties) {
    const type = declaredType(child, child.isEmbedded, `${name}.${property}`)
    if (type) types[property] = type
  }
  return objectType(name, isRoot ? withMeta(types, name) : types)
}

/** What is declared already stays, where upstream finds it whole. */
function withMeta(
  types: Readonly<Record<string, CelType>>,
  name: string,
): Readonly<Record<string, CelType>> {
  const metadata = types.metadata
  const isWhole =
    metadata?.kind === 'object' &&
    metadata.fields.has('name') &&
    metadata.fields.has('generateName')
  if (isWhole && types.kind && types.apiVersion) return types
  return {
    ...types,
    kind: celTypes.string,
    apiVersion: celTypes.string,
    metadata: objectType(`${name}.metadata`, {
      name: celTypes.string,
      generateName: celTypes.string,
    }),
  }
}

function textType({ format }: Structural): CelType {
  switch (format) {
    case 'byte':
      return celTypes.bytes
    case 'duration':
      return celTypes.duration
    case 'date':
      return celTypes.date
    case 'date-time':
      return celTypes.timestamp
    default:
      return celTypes.string
  }
}
