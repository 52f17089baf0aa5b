/** The rules of `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and `x-kubernetes-map-type`. */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  notSupportedField,
  requiredField,
} from '../../fields/field-errors.ts'
import type { FieldPath } from '../../fields/field-path.ts'
import { type CustomSchemaProps, itemProps } from '../model/schema-props.ts'
import { shownItems } from './go-schema.ts'

/** What a node breaks of them. Sets whose items are not atomic were once allowed. */
export function listTypeErrors(
  props: CustomSchemaProps,
  path: FieldPath,
  { requiresAtomicSets }: { readonly requiresAtomicSets: boolean },
): FieldError[] {
  const { type = '' } = props
  const listType = props['x-kubernetes-list-type']
  const mapType = props['x-kubernetes-map-type']
  const errors: FieldError[] = []
  if (mapType !== undefined) {
    errors.push(...wrongType(type, 'object', 'x-kubernetes-map-type', path.child('type')))
    if (!mapTypes.includes(mapType)) {
      errors.push(notSupportedField(path.child('x-kubernetes-map-type'), mapType, mapTypes))
    }
  }
  if (listType !== undefined) {
    const wrong = wrongType(type, 'array', 'x-kubernetes-list-type', path.child('type'))
    errors.push(...wrong)
    if (wrong.length === 0 && requiresAtomicSets) errors.push(...setErrors(props, path))
    if (!listTypes.includes(listType)) {
      errors.push(notSupportedField(path.child('x-kubernetes-list-type'), listType, listTypes))
    }
  }
  if ((props['x-kubernetes-list-map-keys'] ?? []).length > 0 && listType !== 'map') {
    const rule = 'must be map if x-kubernetes-list-map-keys is non-empty'
    const at = path.child('x-kubernetes-list-type')
    errors.push(listType === undefined ? requiredField(at, rule) : invalidField(at, listType, rule))
  }
  if (listType === 'map') errors.push(...mapListErrors(props, path))
  return errors
}

const mapTypes: readonly string[] = ['atomic', 'granular']
const listTypes: readonly string[] = ['atomic', 'set', 'map']

function wrongType(type: string, wanted: string, marker: string, at: FieldPath): FieldError[] {
  if (type === wanted) return []
  const rule = `must be ${wanted} if ${marker} is specified`
  return [type === '' ? requiredField(at, rule) : invalidField(at, type, rule)]
}

function setErrors(props: CustomSchemaProps, path: FieldPath): FieldError[] {
  const marker = nonAtomicItems(props)
  if (!marker) return []
  const rule = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const shown = itemProps(props)?.['x-kubernetes-list-type'] ?? null
  return [invalidField(path.child('items').child(marker), shown, rule)]
}

/** Which marker of the items of a set says that they are not owned as a whole. */
export function nonAtomicItems(
  props: CustomSchemaProps,
): 'x-kubernetes-list-type' | 'x-kubernetes-map-type' | undefined {
  const items = itemProps(props)
  if (props['x-kubernetes-list-type'] !== 'set' || !items) return undefined
  const ofList = items['x-kubernetes-list-type'] ?? 'atomic'
  if (items.type === 'array' && ofList !== 'atomic') return 'x-kubernetes-list-type'
  const ofMap = items['x-kubernetes-map-type'] ?? 'granular'
  return items.type === 'object' && ofMap !== 'atomic' ? 'x-kubernetes-map-type' : undefined
}

function mapListErrors(props: CustomSchemaProps, path: FieldPath): FieldError[] {
  const keys = props['x-kubernetes-list-map-keys'] ?? []
  const errors: FieldError[] = []
  if (keys.length === 0) {
    const rule = 'must not be empty if x-kubernetes-list-type is map'
    errors.push(requiredField(path.child('x-kubernetes-list-map-keys'), rule))
  }
  const items = itemProps(props)
  if (!items) {
    const rule = 'must only have a single schema if x-kubernetes-list-type is map'
    errors.push(
      props.items
        ? invalidField(path.child('items'), shownItems(props), rule)
        : requiredField(path.child('items'), 'must have a schema if x-kubernetes-list-type is map'),
    )
  } else if (items.type !== 'object') {
    const rule = "must be object if parent array's x-kubernetes-list-type is map"
    errors.push(invalidField(path.child('items').child('type'), items.type ?? '', rule))
  } else errors.push(...keyErrors(keys, items, path))
  return errors
}

/** Errors that show all keys are given for the first few only: of many, each would be as long as all. */
const maxKeyErrors = 10

function keyErrors(
  keys: readonly string[],
  items: CustomSchemaProps,
  path: FieldPath,
): FieldError[] {
  const at = path.child('x-kubernetes-list-map-keys')
  const seen = new Set<string>()
  const errors: FieldError[] = []
  for (const key of keys) {
    const property = propertyOf(items, key)
    if (property?.type === 'array' || property?.type === 'object') {
      const rule = "must be a scalar type if parent array's x-kubernetes-list-type is map"
      const ofKey = path.child('items').child('properties').key(key).child('type')
      errors.push(invalidField(ofKey, items.type, rule))
    }
    if (!property) {
      errors.push(invalidField(at, keys, 'entries must all be names of item properties'))
    }
    if (seen.has(key)) errors.push(invalidField(at, keys, 'must not contain duplicate entries'))
    seen.add(key)
    if (errors.length >= maxKeyErrors) break
  }
  return errors
}

function propertyOf(props: CustomSchemaProps, name: string): CustomSchemaProps | undefined {
  const { properties = {} } = props
  return Object.hasOwn(properties, name) ? properties[name] : undefined
}

/** Items of sets and maps must not be null, and have all keys. */
export function keyValueErrors(props: CustomSchemaProps, path: FieldPath): FieldError[] {
  const items = itemProps(props)
  const listType = props['x-kubernetes-list-type']
  if (!items || (listType !== 'set' && listType !== 'map')) return []
  const errors: FieldError[] = []
  if (items.nullable) {
    const rule = `cannot be nullable when x-kubernetes-list-type is ${listType}`
    errors.push(forbiddenField(path.child('items').child('nullable'), rule))
  }
  if (listType === 'set') return errors
  const required = new Set(items.required)
  for (const key of props['x-kubernetes-list-map-keys'] ?? []) {
    const property = propertyOf(items, key)
    if (!property) continue
    const at = path.child('items').child('properties').key(key)
    if (!required.has(key) && (property.default ?? undefined) === undefined) {
      const rule =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'
      errors.push(requiredField(at.child('default'), rule))
    }
    if (property.nullable) {
      const rule = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'
      errors.push(forbiddenField(at.child('nullable'), rule))
    }
  }
  return errors
}
