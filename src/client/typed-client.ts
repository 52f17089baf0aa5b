import {
  type ApiRequest,
  type ApiResponse,
  type Cause,
  errorFromStatus,
  groupVersionOf,
  internalError,
  isFailedStatus,
  type KubeObject,
  type ListMeta,
  type ObjectKey,
  pathOf,
  type ResourceRef,
  type Stored,
  type UserInfo,
} from '#machinery'
import type {
  Client,
  DeleteOptions,
  List,
  ListQuery,
  PatchBody,
  Transport,
  WatchEvent,
  WatchQuery,
  WriteOptions,
} from './client.ts'

export interface ClientOptions {
  readonly userAgent: string
  /** Only for the in-process transport: who this client is. Over HTTPS credentials say it. */
  readonly user?: UserInfo
  readonly cause?: Cause
  /** Ends every request of this client, for instance when its owner stops. */
  readonly signal?: AbortSignal
}

type Method = ApiRequest['method']
type Parameters = Readonly<Record<string, string | number | boolean | undefined>>

const patchContentTypes: Readonly<Record<PatchBody['kind'], string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
}

/** A `Client` over any transport. */
export function createClient(transport: Transport, options: ClientOptions): Client {
  const never = options.signal ?? new AbortController().signal
  const send = async (
    method: Method,
    path: string,
    parameters: Parameters,
    more: { body?: unknown; contentType?: string; accept?: string; signal?: AbortSignal } = {},
  ): Promise<ApiResponse> => {
    const request: ApiRequest = {
      method,
      path,
      query: toQuery(parameters),
      headers: {
        accept: more.accept ?? 'application/json',
        'user-agent': options.userAgent,
        ...(more.body === undefined
          ? {}
          : { 'content-type': more.contentType ?? 'application/json' }),
      },
      ...(more.body === undefined ? {} : { body: { kind: 'value', value: more.body } as const }),
      ...(options.user ? { user: options.user } : {}),
      ...(options.cause ? { cause: options.cause } : {}),
    }
    const response = await transport.send(request, more.signal ?? never)
    return throwUnlessOk(response)
  }
  const sendForObject = async <T>(...args: ArgumentsOf<typeof send>): Promise<T> =>
    objectOf(await send(...args)) as T

  const client: Client = {
    transport,
    because: (cause) => createClient(transport, { ...options, cause }),
    getPath: (path, accept) => sendForObject('GET', path, {}, accept ? { accept } : {}),
    get: (resource, key, { subresource } = {}) =>
      sendForObject('GET', pathOf(resource, key, subresource), {}),
    list: async <T extends KubeObject>(resource: ResourceRef<T>, query: ListQuery = {}) =>
      listOf<T>(await send('GET', pathOf(resource, query), listParameters(query))),
    watch: (resource, query, signal) => watchWith(send, resource, query, signal),
    create: (resource, object, write = {}) =>
      sendForObject('POST', collectionPath(resource, object), writeParameters(write), {
        body: typed(resource, object),
      }),
    createSubresource: (resource, key, subresource, body) =>
      sendForObject('POST', pathOf(resource, key, subresource), {}, { body }),
    update: (resource, object, write = {}) =>
      sendForObject(
        'PUT',
        pathOf(resource, object.metadata, write.subresource),
        writeParameters(write),
        { body: typed(resource, object) },
      ),
    patch: (resource, key, patch, write = {}) =>
      sendForObject(
        'PATCH',
        pathOf(resource, key, write.subresource),
        { ...writeParameters(write), ...patchParameters(patch) },
        { body: patch.patch, contentType: patchContentTypes[patch.kind] },
      ),
    delete: async (resource, key, how = {}) => {
      await send('DELETE', pathOf(resource, key), {}, { body: deleteBody(how) })
    },
    deleteCollection: async (resource, query = {}, how = {}) => {
      await send('DELETE', pathOf(resource, query), listParameters(query), {
        body: deleteBody(how),
      })
    },
  }
  return client
}

type ArgumentsOf<F extends (...args: never[]) => unknown> = F extends (...args: infer A) => unknown
  ? A
  : never

type Send = (
  method: Method,
  path: string,
  parameters: Parameters,
  more?: { signal?: AbortSignal },
) => Promise<ApiResponse>

async function* watchWith<T extends KubeObject>(
  send: Send,
  resource: ResourceRef<T>,
  query: WatchQuery,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const parameters: Parameters = {
    ...listParameters(query),
    watch: true,
    allowWatchBookmarks: query.allowWatchBookmarks,
    timeoutSeconds: query.timeoutSeconds,
  }
  const response = await send('GET', pathOf(resource, query), parameters, { signal })
  if (response.body.kind !== 'watch') throw internalError('the API did not answer with a watch')
  for await (const { type, object } of response.body.events) {
    const value = object.object
    if (type === 'ERROR') throw statusErrorOf(value)
    if (type === 'BOOKMARK') {
      yield { type, resourceVersion: value.metadata?.resourceVersion ?? '' }
    } else {
      yield { type, object: value as Stored<T> }
    }
  }
}

function throwUnlessOk(response: ApiResponse): ApiResponse {
  if (response.status < 400) return response
  if (response.body.kind === 'object') throw statusErrorOf(response.body.value.object)
  throw internalError(`the API answered ${response.status} without a Status`)
}

function statusErrorOf(body: unknown): Error {
  return isFailedStatus(body) ? errorFromStatus(body) : internalError('unreadable error answer')
}

function objectOf(response: ApiResponse): unknown {
  if (response.body.kind === 'object') return response.body.value.object
  throw internalError(`expected an object, the API sent ${response.body.kind}`)
}

interface ListObject {
  readonly metadata?: ListMeta
  readonly items?: readonly KubeObject[] | null
}

function listOf<T extends KubeObject>(response: ApiResponse): List<T> {
  if (response.body.kind === 'list') {
    const { metadata, items } = response.body
    return toList<T>(
      metadata,
      items.map((item) => item.object as Stored<T>),
    )
  }
  const list = objectOf(response) as ListObject
  return toList<T>(list.metadata ?? {}, (list.items ?? []) as readonly Stored<T>[])
}

function toList<T extends KubeObject>(meta: ListMeta, items: readonly Stored<T>[]): List<T> {
  return {
    resourceVersion: meta.resourceVersion ?? '',
    ...(meta.continue ? { continue: meta.continue } : {}),
    ...(meta.remainingItemCount === undefined
      ? {}
      : { remainingItemCount: meta.remainingItemCount }),
    items,
  }
}

/** Most requests ask for nothing special; whoever is asked only reads. */
const noQuery = new URLSearchParams()

function toQuery(parameters: Parameters): URLSearchParams {
  let query: URLSearchParams | undefined
  for (const name in parameters) {
    const value = parameters[name]
    if (value === undefined) continue
    query ??= new URLSearchParams()
    query.set(name, String(value))
  }
  return query ?? noQuery
}

function listParameters(query: ListQuery): Parameters {
  const { labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = query
  return {
    labelSelector,
    fieldSelector,
    limit,
    continue: query.continue,
    resourceVersion,
    resourceVersionMatch,
  }
}

function writeParameters(write: WriteOptions): Parameters {
  return { fieldManager: write.fieldManager, dryRun: write.dryRun ? 'All' : undefined }
}

function patchParameters(patch: PatchBody): Parameters {
  return patch.kind === 'apply' ? { fieldManager: patch.fieldManager, force: patch.force } : {}
}

function deleteBody(how: DeleteOptions): unknown {
  return { apiVersion: 'v1', kind: 'DeleteOptions', ...how }
}

function collectionPath(resource: ResourceRef, object: KubeObject): string {
  const namespace = object.metadata?.namespace
  return pathOf(
    resource,
    namespace === undefined ? {} : ({ namespace } satisfies Partial<ObjectKey>),
  )
}

/** Bodies must name their kind; callers that build objects need not. */
function typed<T extends KubeObject>(resource: ResourceRef, object: T): T {
  if (object.apiVersion !== undefined && object.kind !== undefined) return object
  return { ...object, apiVersion: groupVersionOf(resource), kind: resource.kind }
}
