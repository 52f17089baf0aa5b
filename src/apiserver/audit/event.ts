import {
  type ApiRequest,
  encodeJson,
  formatMicroTime,
  type KubeObject,
  type UserInfo,
} from '#machinery'
import { parseIp } from '#machinery/validation'
import type { AuditedRequest, AuditLevel, AuditStage } from './policy.ts'

/** The object that a request is about, as far as it is known. */
export interface AuditedReference {
  resource?: string
  namespace?: string
  name?: string
  uid?: string
  apiGroup?: string
  apiVersion?: string
  resourceVersion?: string
  subresource?: string
}

/** A Status in an event: bounded, and without its kind. */
export interface ResponseStatus {
  readonly status?: unknown
  readonly message?: unknown
  readonly reason?: unknown
  readonly details?: unknown
  readonly code?: number
}

/** All that is known of a request when a stage of it is recorded. */
export interface EventParts {
  readonly level: AuditLevel
  readonly auditId: string
  readonly stage: AuditStage
  readonly request: ApiRequest
  readonly verb: string
  readonly user: UserInfo | undefined
  readonly impersonatedUser: UserInfo | undefined
  readonly objectRef: AuditedReference | undefined
  readonly responseStatus: ResponseStatus | undefined
  readonly requestObject: unknown
  readonly responseObject: unknown
  readonly receivedMs: number
  readonly stageMs: number
  readonly annotations: ReadonlyMap<string, string>
}

/** A line of the audit log: an Event of audit.k8s.io/v1, its fields in upstream's order. */
export function eventLine(parts: EventParts): string {
  const { request, user, impersonatedUser, responseStatus, annotations } = parts
  const sources = sourceIps(request)
  const agent = shortAgent(request.headers['user-agent'] ?? '')
  const event = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: parts.level,
    auditID: parts.auditId,
    stage: parts.stage,
    requestURI: uriOf(request),
    verb: parts.verb,
    user: user ? userOf(user) : {},
    impersonatedUser: impersonatedUser && userOf(impersonatedUser),
    sourceIPs: sources.length > 0 ? sources : undefined,
    userAgent: agent || undefined,
    objectRef: parts.objectRef && referenceOf(parts.objectRef),
    responseStatus: responseStatus && { metadata: {}, ...responseStatus },
    requestObject: parts.requestObject,
    responseObject: parts.responseObject,
    requestReceivedTimestamp: formatMicroTime(parts.receivedMs),
    stageTimestamp: formatMicroTime(parts.stageMs),
    annotations: annotations.size > 0 ? sorted(annotations) : undefined,
  }
  return `${encodeJson(event)}\n`
}

function sorted<V>(entries: Iterable<readonly [string, V]>): Readonly<Record<string, V>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** As authentication.k8s.io/v1 writes a user. */
function userOf({ name, uid, groups, extra = {} }: UserInfo) {
  const extras = Object.entries(extra)
  return {
    username: name || undefined,
    uid: uid || undefined,
    groups: groups.length > 0 ? groups : undefined,
    extra: extras.length > 0 ? sorted(extras) : undefined,
  }
}

function referenceOf(reference: AuditedReference): AuditedReference {
  const { resource, namespace, name, uid, apiGroup, apiVersion, resourceVersion, subresource } =
    reference
  const ordered = {
    ...{ resource, namespace, name, uid },
    ...{ apiGroup, apiVersion, resourceVersion, subresource },
  }
  return Object.fromEntries(Object.entries(ordered).filter(([, value]) => value))
}

/** What a request is about by its path alone. */
export function referenceIn(asked: AuditedRequest): AuditedReference | undefined {
  if (asked.kind !== 'resource') return undefined
  const { resource, namespace, name, group, version, subresource } = asked
  return { resource, namespace, name, apiGroup: group, apiVersion: version, subresource }
}

/** As it came; a request that was kept in a journal or made in this process is written anew. */
function uriOf({ uri, path, query }: ApiRequest): string {
  return uri ?? (query.size > 0 ? `${path}?${query}` : path)
}

const maxAgent = 1024

/** A client may call itself whatever it likes (upstream: `maybeTruncateUserAgent`). */
function shortAgent(agent: string): string {
  return agent.length > maxAgent ? `${agent.slice(0, maxAgent)}...TRUNCATED` : agent
}

/**
 * Where a request comes from (upstream: `SourceIPs`): who proxies say they had it from, and at the end the
 * other side of the connection, which alone is sure.
 */
function sourceIps({ headers, remoteAddress }: ApiRequest): readonly string[] {
  const sources: string[] = []
  for (const part of (headers['x-forwarded-for'] ?? '').split(',')) {
    const ip = parseIp(part.trim())
    if (ip) sources.push(ip.text)
  }
  const real = parseIp(headers['x-real-ip'] ?? '')
  if (real && !sources.includes(real.text)) sources.push(real.text)
  const remote = parseIp((remoteAddress ?? '').replace(/:\d+$/, ''))
  if (remote && remote.text !== sources.at(-1)) sources.push(remote.text)
  return sources
}

/** An object, list or table without its records of field managers. */
export function withoutFieldRecords(value: object): object {
  // Cast: what has these is a list, a table or an object, and everything may lack them.
  const { metadata, items, rows } = value as {
    readonly metadata?: KubeObject['metadata']
    readonly items?: readonly object[]
    readonly rows?: readonly { readonly object?: object | null }[]
  }
  const { managedFields, ...rest } = metadata ?? {}
  return {
    ...value,
    ...(managedFields && { metadata: rest }),
    ...(Array.isArray(items) && { items: items.map(withoutFieldRecords) }),
    ...(Array.isArray(rows) && {
      rows: rows.map((row) =>
        row.object ? { ...row, object: withoutFieldRecords(row.object) } : row,
      ),
    }),
  }
}
