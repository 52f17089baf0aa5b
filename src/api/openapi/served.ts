import type { GroupVersionKind, KindInfo } from '../served/kinds.ts'

/** A resource as OpenAPI documents it; what `kinds` has can be given as it is. */
export type ServedResource = Pick<
  KindInfo,
  | 'group'
  | 'version'
  | 'kind'
  | 'plural'
  | 'namespaced'
  | 'verbs'
  | 'listKind'
  | 'subresources'
  | 'schemaName'
> & {
  /** Set for a custom resource, which has neither a protobuf form nor strategic merge patches. */
  readonly isCustom?: true
}

/** Texts of types and fields. They are no part of the structure: see `openapi/descriptions.ts`. */
export interface Descriptions {
  type(name: string): string | undefined
  field(type: string, field: string): string | undefined
}

/** The texts of a server that has none: explain then shows fields without them. */
export const noDescriptions: Descriptions = Object.freeze({
  type: () => undefined,
  field: () => undefined,
})

/** One JSON schema object in the dialect of the document it stands in. */
export type OpenApiSchema = Readonly<Record<string, unknown>>

export interface OpenApiInput {
  readonly resources: readonly ServedResource[]
  /** gitVersion of the server: `v1.36.0+knarr`. */
  readonly version: string
  readonly descriptions?: Descriptions
  /** Schemas of custom resources and their lists by schema name, in the dialect asked for. */
  readonly customSchemas?: ReadonlyMap<string, OpenApiSchema>
}

/** `/api/v1`, or `/apis/apps/v1`. */
export function rootPath({ group, version }: Pick<GroupVersionKind, 'group' | 'version'>): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
}
