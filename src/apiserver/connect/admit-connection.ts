import type { ApiRequest, KubeObject, Resource } from '#machinery'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission/admission.ts'
import { authorizationAttributesOf, authorize } from '../filters/authorization.ts'
import { filterRequest, type RequestFilters } from '../filters/request-filters.ts'
import type { RequestContext } from '../request/request-context.ts'
import { type ResourceInfo, requestInfoOf } from '../request/request-info.ts'
import { pathNotFound } from '../served/path-not-found.ts'

export interface ConnectionStages extends RequestFilters {
  readonly admission: readonly Admission[]
  readonly context: (signal: AbortSignal) => AdmissionContext
  readonly resourceOf: (info: ResourceInfo) => Resource
}

/** The kinds of the options that connect subresources take, as admission sees them. */
const optionKinds: Readonly<Record<string, string>> = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
}

/**
 * The stages before a connection opens. One that begins with GET, as those over WebSocket do, also
 * needs the permission to create (upstream: `AuthorizePodWebsocketUpgradeCreatePermission`).
 */
export async function admitConnection(
  stages: ConnectionStages,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<ResourceInfo> {
  const asked = { request, info: requestInfoOf(request) }
  const { info, user, warnings } = await filterRequest(stages, asked, signal)
  if (info.kind === 'path') throw pathNotFound()
  const resource = stages.resourceOf(info)
  if (resource.subresources?.[info.subresource]?.kind !== 'connect') throw pathNotFound()
  // What goes through a proxy is as much as was asked for.
  if (info.verb !== 'create' && info.subresource !== 'proxy') {
    await authorize(
      stages.authorizer,
      authorizationAttributesOf({ ...info, verb: 'create' }, user),
      signal,
    )
  }
  await admitConnect(stages, { request, info, user, warnings }, { resource, signal })
  return info
}

async function admitConnect(
  { admission, context }: ConnectionStages,
  { request, info, user }: RequestContext & { readonly info: ResourceInfo },
  { resource, signal }: { readonly resource: Resource; readonly signal: AbortSignal },
): Promise<void> {
  const { subresource, namespace, name } = info
  const kind = optionKinds[subresource]
  const attributes: AdmissionAttributes = {
    verb: 'connect',
    user,
    resource,
    subresource,
    namespace,
    name,
    ...(kind && { object: optionsObject(kind, request.query) }),
    dryRun: false,
    options: {},
  }
  for (const plugin of admission) {
    if (plugin.validate && plugin.handles(attributes)) {
      await plugin.validate(attributes, context(signal))
    }
  }
}

function optionsObject(kind: string, query: URLSearchParams): KubeObject {
  return Object.freeze({ apiVersion: 'v1', kind, ...Object.fromEntries(query) })
}
