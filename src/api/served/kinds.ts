import kindsFile from '../generated/kinds.json' with { type: 'json' }

export interface GroupVersionKind {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** What discovery says of one kind of the API. Resources and OpenAPI paths are made from it. */
export interface KindInfo extends GroupVersionKind {
  readonly plural: string
  readonly singular: string
  /** Absent where the kind cannot be listed. */
  readonly listKind?: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly subresources?: Readonly<Record<string, SubresourceInfo>>
  /** The name of its type in the API schema: `io.k8s.api.core.v1.Pod`. */
  readonly schemaName: string
}

/** A subresource and the kind of its body: `deployments/scale` is an autoscaling/v1 Scale. */
export interface SubresourceInfo extends GroupVersionKind {
  readonly verbs: readonly string[]
}

/** Every kind of the API by group, version and plural; not all need be served. */
export const kinds: readonly KindInfo[] = kindsFile.kinds as unknown as readonly KindInfo[]

const byKind = new Map(kinds.map((info) => [keyOfKind(info), info]))

/** The facts of one kind, or undefined when the API has no such kind. */
export function findKind(kind: GroupVersionKind): KindInfo | undefined {
  return byKind.get(keyOfKind(kind))
}

function keyOfKind({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`
}
