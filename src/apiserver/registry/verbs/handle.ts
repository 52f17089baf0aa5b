import {
  type ApiResponse,
  type Encoded,
  encodedFrom,
  groupResourceOf,
  type KubeObject,
  type Stored,
} from '#machinery'
import {
  badRequest,
  genericServerResponse,
  type StatusError,
  successStatus,
} from '#machinery/status'
import { connectAttributesOf } from '../../connect/admit-connection.ts'
import { proxyRequest } from '../../proxy/proxy.ts'
import { mediaTypeOf } from '../../request/media-type.ts'
import type { ResourceVerb } from '../../request/request-info.ts'
import { type RequestScope, rulesOf } from '../../request/resource-request.ts'
import { pathNotFound } from '../../served/path-not-found.ts'
import { toRequestVersion } from '../bodies/conversion.ts'
import { listResponse, objectResponse, plainResponse, watchResponse } from '../bodies/respond.ts'
import { actionStages, passStages } from '../stages.ts'
import { admissionContextOf } from '../write/admission.ts'
import { runAction } from './act.ts'
import { applyMediaTypes, applyObject } from './apply.ts'
import { computedBy, getComputed, listComputed } from './computed.ts'
import { createObject } from './create.ts'
import { type Deleted, deleteCollection, deleteObject } from './delete.ts'
import { currentObject, freshEnough, getObject } from './get.ts'
import { listObjects } from './list.ts'
import { readPodLog } from './logs.ts'
import { patchObject } from './patch.ts'
import { updateObject } from './update.ts'
import { watchObjects } from './watch.ts'

/** Answers one request at one resource. Throws StatusError. */
export function handleResource(scope: RequestScope, verb: ResourceVerb): Promise<ApiResponse> {
  if (scope.subresource !== '') return handleSubresource(scope, verb)
  if (!isRouted(scope)) throw methodNotAllowed()
  if (scope.stored.verbs.length > 0 && !allows(scope, verb)) {
    throw methodNotAllowed()
  }
  return handlers[verb](scope)
}

function allows({ resource }: RequestScope, verb: ResourceVerb): boolean {
  return (resource.verbs as readonly string[]).includes(verb)
}

/** HEAD and OPTIONS have no routes (only proxies take them); what changes one object needs its name. */
function isRouted({ request: { method }, name }: RequestScope): boolean {
  if (method === 'PUT' || method === 'PATCH') return name !== ''
  return method === 'GET' || method === 'POST' || method === 'DELETE'
}

/** 405 for a method that no route has. */
function methodNotAllowed(): StatusError {
  return genericServerResponse({ code: 405, serverMessage: '' })
}

type Handler = (scope: RequestScope) => Promise<ApiResponse>

const handlers: Readonly<Record<ResourceVerb, Handler>> = {
  get: async (scope) => {
    const compute = computedBy(scope)
    const object = await (compute ? getComputed(scope, compute) : getObject(scope))
    return objectResponse(scope, 200, object)
  },
  list: async (scope) => {
    const compute = computedBy(scope)
    const list = await (compute ? listComputed(scope, compute) : listObjects(scope))
    return listResponse(scope, list)
  },
  watch: async (scope) => watchResponse(scope, await watchObjects(scope)),
  create: async (scope) => {
    if (isAction(scope)) return runAction(scope)
    if (scope.name !== '') throw methodNotAllowed()
    return objectResponse(scope, 201, await createObject(scope))
  },
  update: async (scope) => {
    const { object, created } = await updateObject(scope)
    return objectResponse(scope, created ? 201 : 200, object)
  },
  patch: patched,
  delete: async (scope) => deletedResponse(scope, await deleteObject(scope)),
  deletecollection: async (scope) => {
    const items = await deleteCollection(scope)
    const metadata = { resourceVersion: String(scope.world.caches.revision) }
    return listResponse(scope, { metadata, items })
  },
}

async function patched(scope: RequestScope): Promise<ApiResponse> {
  if (!applyMediaTypes.includes(mediaTypeOf(scope.request))) {
    return objectResponse(scope, 200, await patchObject(scope))
  }
  const { object, created } = await applyObject(scope)
  return objectResponse(scope, created ? 201 : 200, object)
}

/** Reviews and bindings are created but never stored. */
function isAction({ resource, world }: RequestScope): boolean {
  return Object.hasOwn(world.actions, groupResourceOf(resource))
}

/** Kinds whose delete answers with the object also when it is gone (upstream: `ReturnDeletedObject`). */
const returnsDeleted: ReadonlySet<string> = new Set([
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'podtemplates',
  'resourcequotas',
  'serviceaccounts',
  'services',
])

function deletedResponse(
  scope: RequestScope,
  { isRemoved, object, options }: Deleted,
): ApiResponse {
  const { resource } = scope
  // Upstream would say Accepted of all that stays; clients are used to less.
  const status = !isRemoved && options.orphanDependents === false ? 202 : 200
  if (!isRemoved || returnsDeleted.has(groupResourceOf(resource))) {
    return objectResponse(scope, status, object)
  }
  const { name, uid } = object.object.metadata
  const details = { name, group: resource.group, kind: resource.plural, uid }
  const body = successStatus(details) as unknown as KubeObject
  return plainResponse(scope, status, body)
}

async function handleSubresource(scope: RequestScope, verb: ResourceVerb): Promise<ApiResponse> {
  const part = rulesOf(scope).subresources?.[scope.subresource]
  if (!part) throw pathNotFound()
  if (part.kind !== 'connect' && !isRouted(scope)) throw methodNotAllowed()
  if (part.kind === 'action') {
    if (verb !== 'create') throw methodNotAllowed()
    return runAction(scope)
  }
  if (part.kind === 'connect') {
    if (scope.subresource === 'log' && verb === 'get') return readPodLog(scope)
    if (scope.subresource === 'proxy') return proxied(scope)
    throw badRequest('Upgrade request required')
  }
  if (!part.verbs.includes(verb)) throw methodNotAllowed()
  switch (verb) {
    case 'get':
      await freshEnough(scope)
      return objectResponse(scope, 200, await partOf(scope, part))
    case 'update': {
      const { object } = await updateObject(scope)
      return objectResponse(scope, 200, object)
    }
    case 'patch':
      return patched(scope)
    default:
      throw methodNotAllowed()
  }
}

async function proxied(scope: RequestScope): Promise<ApiResponse> {
  const { stored, request, world } = scope
  const attributes = connectAttributesOf({ ...scope, resource: stored, query: request.query })
  await passStages(actionStages, {
    admission: world.admission,
    context: admissionContextOf(scope),
    attributes,
    object: attributes.object,
  })
  return proxyRequest(scope)
}

type Part = NonNullable<NonNullable<RequestScope['stored']['subresources']>[string]>

async function partOf(scope: RequestScope, part: Part): Promise<Encoded> {
  const stored = currentObject(scope)
  const object = scope.resource.convert ? await toRequestVersion(scope.resource, stored) : stored
  if (part.kind !== 'projection') return object
  part.checkReadable?.(object.object)
  return encodedFrom(part.read(object.object) as Stored)
}
