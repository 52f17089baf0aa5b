import { isIncludedPackage, schemaName, shortName } from './build-schema.ts'
import { messageOfGoType } from './go-names.ts'
import { groupNames, kindFacts, type SubresourceFacts, unservedPackages } from './kind-facts.ts'
import type { SchemaFile } from './schema-types.ts'

/** One entry of kinds.json of the source folder. */
interface SourceKind {
  readonly namespaced: boolean
  readonly onlyVerbs?: string
  readonly noVerbs?: boolean
}

const standardVerbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

/** The kinds as JSON with one kind a line, by group, version and kind. */
export function emitKinds(entries: readonly KindEntry[]): string {
  const lines = entries
    .toSorted((a, b) => compare(sortKey(a), sortKey(b)))
    .map((entry) => JSON.stringify(entry))
  return `{"kinds": [\n${lines.join(',\n')}\n]}\n`
}

/** The full names of the messages that `kind-facts.ts` says are kinds. */
export function kindNames(): readonly string[] {
  return Object.entries(kindFacts).flatMap(([package_, kinds]) =>
    Object.keys(kinds).map((kind) => `${package_}.${kind}`),
  )
}

/** The kinds of the wanted packages that paths serve. */
export function kindEntries(
  sources: Readonly<Record<string, SourceKind>>,
  schema: SchemaFile,
  isWanted: (package_: string) => boolean = () => true,
): readonly KindEntry[] {
  const messages = new Map(Object.entries(sources).map(([k, v]) => [messageOfGoType(k), v]))
  for (const [package_, kinds] of Object.entries(kindFacts)) {
    if (!isWanted(package_)) continue
    for (const [kind, facts] of Object.entries(kinds)) {
      const name = `${package_}.${kind}`
      const source = messages.get(name)
      const namespaced = facts.namespaced ?? source?.namespaced
      if (namespaced === undefined) throw new Error(`no such kind: ${name} (kind-facts.ts)`)
      messages.set(name, { ...source, namespaced })
    }
  }
  return [...messages]
    .filter(([name, source]) => isServed(packageOf(name)) && !source.noVerbs)
    .map(([name, source]) => kindEntry(name, source, schema))
}

function packageOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'))
}

function isServed(package_: string): boolean {
  return isIncludedPackage(package_) && !unservedPackages.has(package_)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function kindEntry(name: string, source: SourceKind, schema: SchemaFile) {
  const package_ = packageOf(name)
  const kind = shortName(name)
  const facts = kindFacts[package_]?.[kind] ?? {}
  const { group, version } = groupVersionOf(package_)
  const verbs = facts.verbs ?? source.onlyVerbs?.split(',') ?? standardVerbs
  const needed = verbs.includes('list') ? [name, `${name}List`] : [name]
  const missing = needed.find((message) => schema.types[schemaName(message)] === undefined)
  if (missing) throw new Error(`${kind} is a kind, and there is no message ${missing}`)
  const subresources = {
    ...facts.subresources,
    ...(hasStatus(name, verbs, schema) && { status: { verbs: ['get', 'patch', 'update'] } }),
  }
  return {
    group,
    version,
    kind,
    plural: facts.plural ?? pluralOf(kind),
    singular: kind.toLowerCase(),
    ...(verbs.includes('list') && { listKind: `${kind}List` }),
    ...(facts.shortNames && { shortNames: facts.shortNames }),
    ...(facts.categories && { categories: facts.categories }),
    namespaced: source.namespaced,
    verbs,
    ...(Object.keys(subresources).length > 0 && {
      subresources: subresourceEntries(subresources, { group, version, kind }),
    }),
    schemaName: schemaName(name),
  }
}

/** What `kinds.json` says of one kind. */
export type KindEntry = ReturnType<typeof kindEntry>

function sortKey({ group, version, plural }: KindEntry): string {
  return `${group}\0${version}\0${plural}`
}

/** Every kind that can be updated and has a status has a path for it alone. */
function hasStatus(name: string, verbs: readonly string[], schema: SchemaFile): boolean {
  return verbs.includes('update') && 'status' in schema.types[schemaName(name)]!.fields
}

function subresourceEntries(
  subresources: Readonly<Record<string, SubresourceFacts>>,
  own: { readonly group: string; readonly version: string; readonly kind: string },
) {
  const entries = Object.entries(subresources).sort(([a], [b]) => compare(a, b))
  return Object.fromEntries(
    entries.map(([name, { verbs, kind }]) => [name, { ...bodyKind(kind, own), verbs }]),
  )
}

function bodyKind<T extends { readonly group: string; readonly version: string }>(
  text: string | undefined,
  own: T,
) {
  if (!text) return own
  const dot = text.lastIndexOf('.')
  const kind = text.slice(dot + 1)
  if (dot === 0) return { group: own.group, version: own.version, kind }
  const [group = '', version = ''] = text.slice(0, dot).split('/')
  return { group, version, kind }
}

/** `k8s.io.api.rbac.v1` → rbac.authorization.k8s.io, v1 */
function groupVersionOf(package_: string) {
  const [segment = '', version = ''] = package_.split('.').slice(-2)
  return { group: groupNames[segment] ?? `${segment}.k8s.io`, version }
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase()
  if (lower.endsWith('endpoints')) return lower
  if (/(s|x|ch|sh)$/.test(lower)) return `${lower}es`
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`
}
