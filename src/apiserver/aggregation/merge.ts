import type { KubeObject } from '#machinery'
import type { Remote } from './aggregator.ts'
import type { SwaggerParts } from './documents.ts'

interface DiscoveryItem {
  readonly metadata: { readonly name?: string }
  readonly versions: readonly { readonly version: string }[]
}

/** A group of discovery, with what decides on its place. */
interface Placed<T> {
  readonly group: T
  readonly name: string
  readonly priority: number
}

/** What this server serves itself stands above all that an APIService may ask for; definitions do not. */
export type PriorityOf = (group: string) => number

interface Group {
  readonly name: string
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[]
}

/** One group with the versions that others serve: the preferred one first. */
export function mergedGroup<T extends Group>(
  own: T | undefined,
  name: string,
  remotes: readonly Remote[],
): Group | undefined {
  const others = remotes.filter((each) => each.group === name)
  if (others.length === 0) return own
  const versions = [
    ...(own?.versions ?? []).filter(
      ({ version }) => !others.some((each) => each.version === version),
    ),
    ...byPriority(others).map(({ version }) => ({ groupVersion: `${name}/${version}`, version })),
  ]
  return { ...own, name, versions, preferredVersion: versions[0] } as Group
}

/** `APIGroupList` with the groups that others serve. */
export function mergedGroupList(
  list: KubeObject,
  remotes: readonly Remote[],
  priorityOf: PriorityOf,
): KubeObject {
  if (remotes.length === 0) return list
  const { groups } = list as KubeObject & { readonly groups: readonly Group[] }
  const placed = groups.map((group) => ({
    name: group.name,
    group: mergedGroup(group, group.name, remotes) ?? group,
    priority: priorityOf(group.name),
  }))
  const more = newGroups(
    groups.map(({ name }) => name),
    remotes,
  ).map((name) => ({
    name,
    // Cast: there is a version of it.
    group: mergedGroup(undefined, name, remotes) as Group,
    priority: priorityAmong(name, remotes),
  }))
  return { ...list, groups: inOrder([...placed, ...more]) } as KubeObject
}

/** `APIGroupDiscoveryList` with what others serve. */
export function mergedDiscovery(
  list: KubeObject,
  remotes: readonly Remote[],
  priorityOf: PriorityOf,
): KubeObject {
  if (remotes.length === 0) return list
  const { items } = list as KubeObject & { readonly items: readonly DiscoveryItem[] }
  const nameOf = ({ metadata }: DiscoveryItem) => metadata.name ?? ''
  const withOthers = (item: DiscoveryItem) => {
    const others = byPriority(remotes.filter(({ group }) => group === nameOf(item)))
    const own = item.versions.filter(
      ({ version }) => !others.some((each) => each.version === version),
    )
    return { ...item, versions: [...own, ...others.map(discoveredVersion)] }
  }
  const placed = items.map((item) => ({
    name: nameOf(item),
    group: withOthers(item),
    priority: priorityOf(nameOf(item)),
  }))
  const more = newGroups(items.map(nameOf), remotes).map((name) => ({
    name,
    group: withOthers({ metadata: { name }, versions: [] }),
    priority: priorityAmong(name, remotes),
  }))
  return { ...list, items: inOrder([...placed, ...more]) } as KubeObject
}

/** Of a server that has not answered yet nothing is known. */
function discoveredVersion({ version, documents }: Remote) {
  return documents?.discovery ?? { version, freshness: 'Stale', resources: [] }
}

function newGroups(known: readonly string[], remotes: readonly Remote[]): readonly string[] {
  const names = new Set(remotes.map(({ group }) => group))
  return [...names].filter((name) => name !== '' && !known.includes(name))
}

function priorityAmong(name: string, remotes: readonly Remote[]): number {
  const own = remotes.filter(({ group }) => group === name)
  return Math.max(...own.map(({ groupPriority }) => groupPriority))
}

function byPriority(remotes: readonly Remote[]): readonly Remote[] {
  return remotes.toSorted((a, b) => b.versionPriority - a.versionPriority)
}

function inOrder<T>(groups: readonly Placed<T>[]): readonly T[] {
  const sorted = groups.toSorted(
    (a, b) => b.priority - a.priority || (a.name < b.name ? -1 : Number(a.name > b.name)),
  )
  return sorted.map(({ group }) => group)
}

/** OpenAPI of version 2 with that of others; types of the same name that differ get another one. */
export function mergedSwagger<T extends object>(own: T, remotes: readonly Remote[]): T {
  let merged = own as T & SwaggerParts
  for (const { documents } of remotes) {
    const parts = documents?.openApiV2
    if (parts) merged = { ...merged, ...joined(merged, parts) }
  }
  return merged
}

function joined(own: SwaggerParts, others: SwaggerParts): SwaggerParts {
  const taken = Object.entries(others.definitions).filter(
    ([name, definition]) =>
      Object.hasOwn(own.definitions, name) &&
      JSON.stringify(own.definitions[name]) !== JSON.stringify(definition),
  )
  const renamed = new Map(taken.map(([name]) => [name, freeName(name, own, others)]))
  const { paths, definitions } = renamed.size === 0 ? others : withNames(others, renamed)
  return {
    paths: { ...own.paths, ...paths },
    definitions: { ...own.definitions, ...definitions },
  }
}

/** As upstream's merger names it: `NAME_v2`. */
function freeName(name: string, own: SwaggerParts, others: SwaggerParts): string {
  for (let serial = 2; ; serial++) {
    const free = `${name}_v${serial}`
    if (!Object.hasOwn(own.definitions, free) && !Object.hasOwn(others.definitions, free)) {
      return free
    }
  }
}

function withNames(parts: SwaggerParts, renamed: ReadonlyMap<string, string>): SwaggerParts {
  const prefix = '#/definitions/'
  const refs = (_: string, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(prefix)) return value
    const name = renamed.get(value.slice(prefix.length))
    return name === undefined ? value : prefix + name
  }
  // Cast: the same document with other names in it.
  const { paths, definitions } = JSON.parse(JSON.stringify(parts, refs)) as SwaggerParts
  const named = Object.entries(definitions).map(
    ([name, definition]) => [renamed.get(name) ?? name, definition] as const,
  )
  return { paths, definitions: Object.fromEntries(named) }
}
