import type { MaybePromise } from '#lib'
import type { ApiRequest, KubeObject, Resource, UserInfo } from '#machinery'
import type { AdmissionAttributes } from '../admission/admission.ts'
import { authorizationAttributesOf, authorize } from '../filters/authorization.ts'
import { filterRequest, type RequestFilters } from '../filters/request-filters.ts'
import type { AuditNotes, RequestAudit } from '../request/request-audit.ts'
import { type ResourceInfo, requestInfoOf } from '../request/request-info.ts'
import { pathNotFound } from '../served/path-not-found.ts'
import { connectOptionsOf } from './options.ts'

/** What plugins are asked about a connection: the options are the object. */
export type ConnectAttributes = AdmissionAttributes & { readonly object: KubeObject }

/** What stands between a request and the connection it asks for. */
export interface ConnectionStages extends RequestFilters {
  /** Passes the connection through admission; throws the StatusError that refuses it. */
  readonly admit: (
    attributes: ConnectAttributes,
    signal: AbortSignal,
    audit?: AuditNotes,
  ) => MaybePromise<unknown>
  readonly resourceOf: (info: ResourceInfo) => Resource
}

/** A request for a connection, and the audit that has begun with it. */
export interface AskedConnection {
  readonly request: ApiRequest
  readonly audit: RequestAudit
}

/**
 * Passes a request through the stages before a connection opens, and gives it as they leave it. One that begins with GET, as those
 * over WebSocket do, also needs the permission to create (upstream:
 * `AuthorizePodWebsocketUpgradeCreatePermission`).
 * @throws StatusError that refuses it.
 */
export async function admitConnection(
  stages: ConnectionStages,
  { request, audit }: AskedConnection,
  signal: AbortSignal,
): Promise<{ readonly info: ResourceInfo; readonly request: ApiRequest }> {
  const asked = { request, info: requestInfoOf(request), audit }
  const { info, user, request: filtered } = await filterRequest(stages, asked, signal)
  if (info.kind === 'path') throw pathNotFound()
  const resource = stages.resourceOf(info)
  if (resource.subresources?.[info.subresource]?.kind !== 'connect') throw pathNotFound()
  // What goes through a proxy is as much as was asked for.
  if (info.verb !== 'create' && info.subresource !== 'proxy') {
    const attributes = authorizationAttributesOf({ ...info, verb: 'create' }, user)
    await authorize(stages.authorizer, attributes, signal)
  }
  const connected = connectAttributesOf({ ...info, resource, user, query: request.query })
  await stages.admit(connected, signal, audit.notes)
  return { info, request: filtered }
}

/** A request to a connect subresource, in whatever form it came. */
export interface ConnectRequest {
  readonly resource: Resource
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly user: UserInfo
  readonly query: URLSearchParams
}

/** What plugins are asked about a connection (upstream: `ConnectResource`). */
export function connectAttributesOf(request: ConnectRequest): ConnectAttributes {
  const { resource, subresource, namespace, name, user, query } = request
  return {
    verb: 'connect',
    user,
    resource,
    subresource,
    namespace,
    name,
    object: connectOptionsOf(resource.kind, subresource, query),
    dryRun: false,
  }
}
