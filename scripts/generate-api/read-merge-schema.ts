import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** The field-ownership schema as structured-merge-diff publishes it, reduced to what is used. */
export interface MergeType {
  readonly name: string
  readonly scalar?: string
  readonly list?: MergeList
  readonly map?: MergeMap
}

export interface MergeField {
  readonly name: string
  readonly type: MergeReference
  readonly default?: unknown
}

export interface MergeReference {
  readonly namedType?: string
  readonly scalar?: string
  readonly list?: MergeList
  readonly map?: MergeMap
  readonly elementRelationship?: string
}

interface MergeList {
  readonly elementType: MergeReference
  readonly elementRelationship: 'atomic' | 'associative'
  readonly keys?: readonly string[]
}

interface MergeMap {
  readonly fields?: readonly MergeField[]
  readonly elementType?: MergeReference
  readonly elementRelationship?: 'atomic' | 'separable'
}

/** The types of a structured-merge schema file by their OpenAPI names. */
export function readMergeSchema(file: string): ReadonlyMap<string, MergeType> {
  const document = parse(readFileSync(file, 'utf8')) as { readonly types: readonly MergeType[] }
  return new Map(document.types.map((type) => [type.name, type]))
}
