import { freezeDeep } from '../meta/encoded.ts'
import { zeroOf } from './scalars.ts'
import type { FieldSchema, FieldType, TypeSchema } from './schema.ts'
import type { Zeros } from './schema-node.ts'

/**
 * What a value of a type has in the place of required fields that nobody gave. Go has no absence for
 * them: a struct holds its zero value and writes it. So columns, validation and actions may rely on
 * what the type calls required, as upstream's may.
 *
 * Lists and maps are empty where Go writes null for them; its readers take both for the same. Left
 * out are pointers, whose absence the rules of a kind have words for, times, and what may hold anything.
 */
export function zerosOf(
  type: TypeSchema,
  typeOf: (name: string) => TypeSchema | undefined,
): Zeros | undefined {
  const zeros = new Map<string, unknown>()
  for (const field of type.fields) {
    if (field.isOptional) continue
    const zero = zeroOfField(field, typeOf)
    if (zero !== undefined) zeros.set(field.name, freezeDeep(zero))
  }
  return zeros.size > 0 ? zeros : undefined
}

function zeroOfField(
  { type, keepsZero, default: given }: FieldSchema,
  typeOf: (name: string) => TypeSchema | undefined,
): unknown {
  if (keepsZero) return undefined
  // A struct that is no pointer has a default of its own.
  if (type.kind === 'ref') return given === undefined ? undefined : zeroStruct(type.name, typeOf)
  return zeroOfType(type)
}

function zeroStruct(name: string, typeOf: (name: string) => TypeSchema | undefined): unknown {
  const type = typeOf(name)
  return type && !type.union ? Object.fromEntries(zerosOf(type, typeOf) ?? []) : undefined
}

function zeroOfType(type: FieldType): unknown {
  if (type.kind === 'list') return []
  if (type.kind === 'map') return {}
  if (type.kind !== 'scalar') return undefined
  const { scalar } = type
  if (scalar === 'bytes') return ''
  if (scalar === 'stringList') return []
  if (scalar === 'rawExtension' || scalar === 'fieldsV1' || scalar === 'json') return undefined
  return zeroOf[scalar] ?? undefined
}
