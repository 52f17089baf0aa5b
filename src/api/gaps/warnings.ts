import { groupVersionOf, type KubeObject, type ResourceRef } from '#machinery'
import type { FieldType, TypeSchema } from '#machinery/schema'
import { type FieldPath, fieldPath } from '#machinery/validation'
import { apiSchema } from '../served/schema.ts'
import { type FieldGap, type Fields, fieldsOf, unactedKeys } from './field-gap.ts'
import { fieldGaps, kindGaps } from './table.ts'

/** What of a type leads to fields that nobody acts on. */
interface Searched {
  readonly gaps: readonly (readonly [name: string, gap: FieldGap])[]
  readonly inner: readonly (readonly [name: string, shape: FieldType['kind'], type: Searched])[]
}

/**
 * Says of an object that is written what of it is stored while nothing acts on it: its kind, or fields
 * that are set. `subresource` is the part that was written, or empty.
 */
export function gapWarnings(
  resource: ResourceRef & { readonly schemaName: string },
  object: KubeObject,
  subresource = '',
): readonly string[] {
  const { kind, schemaName } = resource
  const part = subresource === '' ? kind : `${kind}/${subresource}`
  const missing = kindGaps[`${groupVersionOf(resource)} ${part}`]
  if (missing !== undefined) return [textOf(part, missing)]
  if (subresource !== '') return []
  const searched = searchOf(schemaName)
  if (!searched || !hasUnacted(searched, fieldsOf(object))) return []
  return warningsOf(searched, fieldsOf(object), undefined)
}

/** Whether a kind, or any field of it, is worth a warning. */
export function hasGaps(resource: ResourceRef & { readonly schemaName: string }): boolean {
  return (
    kindGaps[`${groupVersionOf(resource)} ${resource.kind}`] !== undefined ||
    searchOf(resource.schemaName) !== undefined
  )
}

function textOf(what: string, missing: string): string {
  return `${what}: stored, but nothing acts on it yet: ${missing}`
}

/** Asked first, since hardly any object has one, and the warnings need a path for all that is searched. */
function hasUnacted({ gaps, inner }: Searched, owner: Fields): boolean {
  for (const [name, gap] of gaps) {
    if (unactedKeys(gap, owner[name], owner).length > 0) return true
  }
  for (const [name, shape, type] of inner) {
    const value = owner[name]
    if (value === undefined || value === null) continue
    const elements = shape === 'ref' ? [value] : Object.values(fieldsOf(value))
    if (elements.some((each) => hasUnacted(type, fieldsOf(each)))) return true
  }
  return false
}

function warningsOf(
  { gaps, inner }: Searched,
  owner: Fields,
  path: FieldPath | undefined,
): string[] {
  const at = (name: string) => (path ? path.child(name) : fieldPath(name))
  const own = gaps.flatMap(([name, gap]) =>
    unactedKeys(gap, owner[name], owner).map((key) =>
      textOf(`${key === '' ? at(name) : at(name).key(key)}`, gap.missing),
    ),
  )
  const below = inner.flatMap(([name, shape, type]) => {
    const value = owner[name]
    if (value === undefined || value === null) return []
    if (shape === 'ref') return warningsOf(type, fieldsOf(value), at(name))
    if (Array.isArray(value)) {
      return value.flatMap((each, i) => warningsOf(type, fieldsOf(each), at(name).index(i)))
    }
    return Object.entries(fieldsOf(value)).flatMap(([key, each]) =>
      warningsOf(type, fieldsOf(each), at(name).key(key)),
    )
  })
  return [...own, ...below]
}

/** The search through a type by its name; undefined where nothing below it is worth a warning. */
const searchOf = memoized((name: string): Searched | undefined => {
  const type = apiSchema.type(name)
  return type && searchThrough(type)
})

function searchThrough(type: TypeSchema): Searched | undefined {
  const own = Object.entries(fieldGaps[type.name.replace(/^io\.k8s\.api\./, '')] ?? {})
  // What a status says is told by components, which are not warned.
  const fields = type.hasTypeMeta
    ? type.fields.filter(({ name }) => name !== 'status')
    : type.fields
  const inner = fields.flatMap((field) => {
    const named = elementOf(field.type)
    const search = named && searchOf(named.name)
    return search ? [[field.name, field.type.kind, search] as const] : []
  })
  return own.length + inner.length > 0 ? { gaps: own, inner } : undefined
}

/** The type that a field holds one, a list or a map of. */
function elementOf(type: FieldType): Extract<FieldType, { kind: 'ref' }> | undefined {
  const element = type.kind === 'list' ? type.element : type.kind === 'map' ? type.value : type
  return element.kind === 'ref' ? element : undefined
}

/** A type that contains itself is not searched again below itself. */
function memoized<T>(find: (name: string) => T | undefined): (name: string) => T | undefined {
  const found = new Map<string, T | undefined>()
  return (name) => {
    if (found.has(name)) return found.get(name)
    found.set(name, undefined)
    const value = find(name)
    found.set(name, value)
    return value
  }
}
