import type { IncomingMessage } from 'node:http'
import { messageOf } from '#lib'
import { askRemote, type Reach, type RemoteServer } from './exchange.ts'
import { identityHeaders } from './identity-headers.ts'
import { wholeBody } from './in-process-body.ts'

/** A group version as aggregated discovery shows it. */
interface VersionDiscovery {
  readonly version: string
  readonly freshness: 'Current' | 'Stale'
  readonly resources: readonly object[]
}

/** An OpenAPI document of version 2, as far as it is merged. */
export interface SwaggerParts {
  readonly paths: Readonly<Record<string, unknown>>
  readonly definitions: Readonly<Record<string, unknown>>
}

/** What a server says of the group version that it serves. */
export interface RemoteDocuments {
  readonly discovery: VersionDiscovery
  /** Where its OpenAPI of version 3 is read, with its hash. */
  readonly openApiV3: string | undefined
  readonly openApiV2: SwaggerParts | undefined
}

/** A group version and who serves it. */
export interface RemoteVersion extends RemoteServer {
  readonly group: string
  readonly version: string
}

const maxDocumentBytes = 32 * 1024 * 1024
const user = { name: 'system:kube-aggregator', groups: ['system:masters'] }
const json = 'application/json'
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** GET of a path, in the aggregator's name. */
async function get(
  reach: Reach,
  remote: RemoteVersion,
  { path, accept }: { readonly path: string; readonly accept: string },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = { accept, ...identityHeaders(user) }
  return askRemote(reach, remote, { method: 'GET', path, headers, body: undefined }, signal)
}

/**
 * Asks for the path that every server must have, and reads what it serves there.
 * @throws Error that says what came instead, in upstream's words.
 */
export async function checkRemote(
  reach: Reach,
  remote: RemoteVersion,
  signal: AbortSignal,
): Promise<readonly object[]> {
  const { place, group, version } = remote
  const path = `/apis/${group}/${version}`
  const url = `https://${place.name}.${place.namespace}.svc:${place.port}${path}`
  try {
    const incoming = await get(reach, remote, { path, accept: json }, signal)
    const status = incoming.statusCode ?? 500
    const body = await wholeBody(incoming, maxDocumentBytes)
    if (status < 200 || status >= 300) throw new Error(`bad status from ${url}: ${status}`)
    return aggregatedResources(JSON.parse(body.toString()), remote)
  } catch (error) {
    throw new Error(`failing or missing response from ${url}: ${messageOf(error)}`)
  }
}

interface LegacyResource {
  readonly name?: string
  readonly singularName?: string
  readonly namespaced?: boolean
  readonly group?: string
  readonly version?: string
  readonly kind?: string
  readonly verbs?: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

/** An `APIResourceList` as aggregated discovery shows it. */
function aggregatedResources(
  list: { readonly resources?: readonly LegacyResource[] } | null,
  { group, version }: RemoteVersion,
): readonly object[] {
  const all = (list?.resources ?? []).filter(({ name }) => typeof name === 'string')
  const kindOf = (each: LegacyResource) => ({
    group: each.group || group,
    version: each.version || version,
    kind: each.kind ?? '',
  })
  return all
    .filter(({ name = '' }) => !name.includes('/'))
    .map((main) => {
      const parts = all.filter(({ name = '' }) => name.startsWith(`${main.name}/`))
      return {
        resource: main.name,
        responseKind: kindOf(main),
        scope: main.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: main.singularName ?? '',
        verbs: main.verbs ?? [],
        ...(main.shortNames && { shortNames: main.shortNames }),
        ...(main.categories && { categories: main.categories }),
        ...(parts.length > 0 && {
          subresources: parts.map((part) => ({
            subresource: (part.name ?? '').slice((main.name ?? '').length + 1),
            responseKind: kindOf(part),
            verbs: part.verbs ?? [],
          })),
        }),
      }
    })
}

/** All that is merged into the documents of this server; what a server does not have is left out. */
export async function readDocuments(
  reach: Reach,
  remote: RemoteVersion,
  resources: readonly object[],
  signal: AbortSignal,
): Promise<RemoteDocuments> {
  const read = async (path: string, accept = json) => {
    try {
      const incoming = await get(reach, remote, { path, accept }, signal)
      const body = await wholeBody(incoming, maxDocumentBytes)
      // Cast: whatever it is, its members are looked at one by one.
      return incoming.statusCode === 200
        ? (JSON.parse(body.toString()) as Readonly<Record<string, unknown>> | null)
        : undefined
    } catch {
      return undefined
    }
  }
  const { group, version } = remote
  const discovered = discoveredIn(await read('/apis', aggregated), remote)
  const v3 = recordOf((await read('/openapi/v3'))?.paths)[`apis/${group}/${version}`]
  const url = recordOf(v3).serverRelativeURL
  return {
    discovery: { version, freshness: 'Current', resources: discovered ?? resources },
    openApiV3: typeof url === 'string' ? url : undefined,
    openApiV2: swaggerOf(await read('/openapi/v2'), group),
  }
}

/** What aggregated discovery says, where a server has it. */
function discoveredIn(
  document: Readonly<Record<string, unknown>> | null | undefined,
  { group, version }: RemoteVersion,
): readonly object[] | undefined {
  if (document?.kind !== 'APIGroupDiscoveryList') return undefined
  const found = listOf(document.items).find(
    (each) => recordOf(recordOf(each).metadata).name === group,
  )
  const own = listOf(recordOf(found).versions).find((each) => recordOf(each).version === version)
  return own === undefined ? undefined : listOf(recordOf(own).resources).map(recordOf)
}

function swaggerOf(
  document: Readonly<Record<string, unknown>> | null | undefined,
  group: string,
): SwaggerParts | undefined {
  if (!document) return undefined
  const paths = Object.entries(recordOf(document.paths)).filter(
    ([path]) => path === `/apis/${group}/` || path.startsWith(`/apis/${group}/`),
  )
  return { paths: Object.fromEntries(paths), definitions: recordOf(document.definitions) }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  // Cast: neither null nor a list.
  return isRecord ? (value as Readonly<Record<string, unknown>>) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
