import type { GroupVersionKind } from '../served/kinds.ts'
import { apiSchema } from '../served/schema.ts'
import type { DefinitionContext, OpenApiVersion } from './definitions.ts'
import type { Operation, Paths } from './operation.ts'
import type { Parameter } from './parameters.ts'
import { noDescriptions, type OpenApiInput, type ServedResource } from './served.ts'

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** What definitions need to know of the served resources. */
export function definitionContext(input: OpenApiInput, dialect: OpenApiVersion): DefinitionContext {
  const kinds = kindsByType(input.resources)
  return {
    schema: apiSchema,
    dialect,
    descriptions: input.descriptions ?? noDescriptions,
    kindsOf: (type) => kinds.get(type) ?? [],
  }
}

/** The names of the types that the paths of a document use. */
export function typesUsed(paths: Paths): ReadonlySet<string> {
  const operations = [...paths.values()].flat()
  return new Set(
    operations.flatMap((operation) => [
      ...(operation.body ? [operation.body.schemaName] : []),
      ...Object.values(operation.answers).filter((name) => name !== undefined),
    ]),
  )
}

/**
 * The operations of a path with what is particular to them, and the parameters that they share,
 * which OpenAPI lets stand once for the path.
 */
export function shareParameters(operations: readonly Operation[]): {
  readonly shared: readonly Parameter[]
  readonly operations: readonly Operation[]
} {
  const [first, ...rest] = operations
  const shared = (first?.parameters ?? []).filter((parameter) =>
    rest.every((operation) => operation.parameters.some((other) => isSame(parameter, other))),
  )
  const own = operations.map((operation) => ({
    ...operation,
    parameters: inOrder(
      operation.parameters.filter((one) => !shared.some((other) => isSame(one, other))),
    ),
  }))
  return { shared: inOrder(shared), operations: own }
}

/** The extensions that tell clients what an operation does, and to which kind. */
export function operationExtensions({ action, kind }: Operation): Record<string, unknown> {
  return {
    ...(action && { 'x-kubernetes-action': action }),
    ...(kind && {
      'x-kubernetes-group-version-kind': {
        group: kind.group,
        version: kind.version,
        kind: kind.kind,
      },
    }),
  }
}

function isSame(a: Parameter, b: Parameter): boolean {
  return a.name === b.name && a.in === b.in
}

function inOrder(parameters: readonly Parameter[]): readonly Parameter[] {
  return parameters.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
}

/** Kinds and their lists by type; what is common to all group versions has a kind in each. */
function kindsByType(
  resources: readonly ServedResource[],
): ReadonlyMap<string, readonly GroupVersionKind[]> {
  const kinds = new Map<string, GroupVersionKind[]>()
  const groupVersions = new Map<string, Pick<GroupVersionKind, 'group' | 'version'>>()
  const add = (type: string, kind: GroupVersionKind) => {
    const known = kinds.get(type) ?? []
    const isKnown = known.some((one) => one.group === kind.group && one.version === kind.version)
    if (!isKnown) kinds.set(type, [...known, kind])
  }
  for (const { group, version, kind, listKind, schemaName, subresources, isCustom } of resources) {
    // What all groups share knows nothing of custom resources.
    if (!isCustom) groupVersions.set(`${group}/${version}`, { group, version })
    add(schemaName, { group, version, kind })
    if (listKind) add(`${schemaName}List`, { group, version, kind: listKind })
    for (const body of Object.values(subresources ?? {})) {
      const type = bodyTypes.get(body.kind)
      if (type) add(type, { group: body.group, version: body.version, kind: body.kind })
    }
  }
  for (const groupVersion of [...groupVersions.values()].sort(byGroup)) {
    add(`${meta}.DeleteOptions`, { ...groupVersion, kind: 'DeleteOptions' })
    add(`${meta}.WatchEvent`, { ...groupVersion, kind: 'WatchEvent' })
  }
  for (const kind of ['APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions', 'Status']) {
    add(`${meta}.${kind}`, { group: '', version: 'v1', kind })
  }
  return kinds
}

/** Kinds that are bodies of subresources and resources of their own nowhere. */
const bodyTypes: ReadonlyMap<string, string> = new Map([
  ['Eviction', 'io.k8s.api.policy.v1.Eviction'],
  ['Scale', 'io.k8s.api.autoscaling.v1.Scale'],
  ['TokenRequest', 'io.k8s.api.authentication.v1.TokenRequest'],
])

function byGroup(
  a: Pick<GroupVersionKind, 'group' | 'version'>,
  b: Pick<GroupVersionKind, 'group' | 'version'>,
): number {
  const [left, right] = [`${a.group}/${a.version}`, `${b.group}/${b.version}`]
  return left < right ? -1 : Number(left > right)
}
