import { encodeJson } from '#machinery'
/** Values at paths of fields, as upstream's `unstructured.Nested…` finds them, with its texts. */

/** `.spec.replicas` as its fields; the leading dot goes. */
export function fieldsOfPath(path: string): readonly string[] {
  return path.replace(/^\./, '').split('.')
}

export type Nested<T> = { readonly value: T | undefined } | { readonly fault: string }

/** The integer at a path of fields. */
export function nestedInteger(object: unknown, fields: readonly string[]): Nested<number> {
  const found = nested(object, fields)
  if ('fault' in found) return found
  if (found.value === undefined) return { value: undefined }
  if (typeof found.value === 'bigint') return { value: Number(found.value) }
  if (typeof found.value === 'number' && Number.isInteger(found.value)) {
    return { value: found.value }
  }
  return { fault: wrongType(fields, found.value, 'int64') }
}

/** The text at a path of fields. */
export function nestedString(object: unknown, fields: readonly string[]): Nested<string> {
  const found = nested(object, fields)
  if ('fault' in found) return found
  if (found.value === undefined) return { value: undefined }
  if (typeof found.value === 'string') return { value: found.value }
  return { fault: wrongType(fields, found.value, 'string') }
}

function nested(object: unknown, fields: readonly string[]): Nested<unknown> {
  let value: unknown = object
  for (const [depth, field] of fields.entries()) {
    if (value === null) return { value: undefined }
    if (typeof value !== 'object' || Array.isArray(value)) {
      return { fault: wrongType(fields.slice(0, depth), value, 'map[string]interface{}') }
    }
    // Cast: it is an object.
    const members = value as Readonly<Record<string, unknown>>
    if (!Object.hasOwn(members, field)) return { value: undefined }
    value = members[field]
  }
  return { value }
}

function wrongType(fields: readonly string[], value: unknown, wanted: string): string {
  const shown = typeof value === 'object' ? encodeJson(value) : String(value)
  return `.${fields.join('.')} accessor error: ${shown} is of the type ${goTypeOf(value)}, expected ${wanted}`
}

function goTypeOf(value: unknown): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'object') return 'map[string]interface {}'
  if (typeof value === 'bigint') return 'int64'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return typeof value === 'boolean' ? 'bool' : 'string'
}
