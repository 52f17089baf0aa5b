import { readFileSync } from 'node:fs'
import { isIncludedPackage } from './build-schema.ts'
import { enumFields } from './enum-fields.ts'
import { packageOfGoType } from './go-names.ts'

interface StringValues {
  readonly closed: boolean
  readonly values: readonly string[]
}

/**
 * The values of the fields with a closed string type, sorted as OpenAPI has them, by full message
 * name and field. Fails when a closed type of an included package has no fields: then
 * `enum-fields.ts` lacks a line.
 */
export function readEnums(file: string): ReadonlyMap<string, readonly string[]> {
  const types = JSON.parse(readFileSync(file, 'utf8')) as Record<string, StringValues>
  const enums = new Map<string, readonly string[]>()
  for (const [type, { closed, values }] of Object.entries(types)) {
    const package_ = packageOfGoType(type)
    if (!closed || !isIncludedPackage(package_)) continue
    const fields = enumFields[type]
    if (!fields) throw new Error(`enum-fields.ts does not say which fields have the type ${type}`)
    for (const field of fields) enums.set(fullName(field, package_), values.toSorted())
  }
  return enums
}

function fullName(field: string, package_: string): string {
  return field.split('.').length > 2 ? `k8s.io.api.${field}` : `${package_}.${field}`
}
