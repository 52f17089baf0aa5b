import { mapped, opening } from '#lib'
import {
  type ApiRequest,
  type ApiResponse,
  type Cause,
  groupVersionOf,
  type KubeObject,
  type ListMeta,
  type ObjectKey,
  pathOf,
  type ResourceRef,
  type Stored,
  type UserInfo,
  type WatchFrame,
} from '#machinery'
import { errorFromStatus, internalError, isFailedStatus } from '#machinery/status'
import type { ClientMetrics } from './client-metrics.ts'
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
} from './contract/client.ts'

/** Who a client is, why it writes, and what ends its requests. */
export interface ClientOptions {
  readonly userAgent: string
  /** Only for the in-process transport: who this client is. Over HTTPS credentials say it. */
  readonly user?: UserInfo
  readonly cause?: Cause
  /** Is called with each object that a write has answered with. */
  readonly written?: (object: Stored) => void
  /** Where its requests are counted; default: nowhere. */
  readonly metrics?: ClientMetrics
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
  return new TypedClient(transport, {
    ...options,
    signal: options.signal ?? new AbortController().signal,
  })
}

interface Extras {
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal
}

/** A class, since every write that has a cause of its own makes one: its methods are shared. */
class TypedClient implements Client {
  readonly transport: Transport
  readonly #options: ClientOptions & { readonly signal: AbortSignal }

  constructor(transport: Transport, options: ClientOptions & { readonly signal: AbortSignal }) {
    this.transport = transport
    this.#options = options
  }

  because(cause: Cause, written?: (object: Stored) => void): Client {
    return new TypedClient(this.transport, { ...this.#options, cause, ...(written && { written }) })
  }

  getPath(path: string, accept?: string): Promise<unknown> {
    return this.#object('GET', path, {}, accept ? { accept } : {})
  }

  get<T extends KubeObject>(
    resource: ResourceRef<T>,
    key: ObjectKey,
    { subresource }: { readonly subresource?: string } = {},
  ): Promise<Stored<T>> {
    return this.#object('GET', pathOf(resource, key, subresource), {})
  }

  async list<T extends KubeObject>(
    resource: ResourceRef<T>,
    query: ListQuery = {},
  ): Promise<List<T>> {
    return listOf<T>(await this.#send('GET', pathOf(resource, query), listParameters(query)))
  }

  watch<T extends KubeObject>(
    resource: ResourceRef<T>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const parameters: Parameters = {
      ...listParameters(query),
      watch: true,
      allowWatchBookmarks: this.transport.isInProcess ? undefined : query.allowWatchBookmarks,
      timeoutSeconds: query.timeoutSeconds,
    }
    return opening(async () => {
      const { body } = await this.#send('GET', pathOf(resource, query), parameters, { signal })
      if (body.kind !== 'watch') throw internalError('the API did not answer with a watch')
      return mapped(body.events, eventOf<T>)
    })
  }

  create<T extends KubeObject>(
    resource: ResourceRef<T>,
    object: T,
    write: WriteOptions = {},
  ): Promise<Stored<T>> {
    const body = typed(resource, object)
    return this.#object('POST', collectionPath(resource, object), writeParameters(write), { body })
  }

  createSubresource<T extends KubeObject>(
    resource: ResourceRef,
    key: ObjectKey,
    subresource: string,
    body: T,
  ): Promise<T> {
    return this.#object('POST', pathOf(resource, key, subresource), {}, { body })
  }

  update<T extends KubeObject>(
    resource: ResourceRef<T>,
    object: Stored<T>,
    write: WriteOptions & { readonly subresource?: string } = {},
  ): Promise<Stored<T>> {
    const path = pathOf(resource, object.metadata, write.subresource)
    return this.#object('PUT', path, writeParameters(write), { body: typed(resource, object) })
  }

  patch<T extends KubeObject>(
    resource: ResourceRef<T>,
    key: ObjectKey,
    patch: PatchBody,
    write: WriteOptions & { readonly subresource?: string } = {},
  ): Promise<Stored<T>> {
    const path = pathOf(resource, key, write.subresource)
    const parameters = { ...writeParameters(write), ...patchParameters(patch) }
    const contentType = patchContentTypes[patch.kind]
    return this.#object('PATCH', path, parameters, { body: patch.patch, contentType })
  }

  async delete(resource: ResourceRef, key: ObjectKey, how: DeleteOptions = {}): Promise<void> {
    await this.#send('DELETE', pathOf(resource, key), {}, { body: deleteBody(how) })
  }

  async deleteCollection(
    resource: ResourceRef,
    query: ListQuery = {},
    how: DeleteOptions = {},
  ): Promise<void> {
    const body = deleteBody(how)
    await this.#send('DELETE', pathOf(resource, query), listParameters(query), { body })
  }

  async #object<T>(
    method: Method,
    path: string,
    parameters: Parameters,
    extras?: Extras,
  ): Promise<T> {
    const object = objectOf(await this.#send(method, path, parameters, extras))
    if (method !== 'GET') this.#options.written?.(object as Stored)
    return object as T
  }

  async #send(
    method: Method,
    path: string,
    parameters: Parameters,
    { body, contentType = 'application/json', accept = 'application/json', signal }: Extras = {},
  ): Promise<ApiResponse> {
    const { userAgent, user, cause, signal: life, metrics } = this.#options
    const general = { accept, 'user-agent': userAgent }
    const request: ApiRequest = {
      method,
      path,
      query: toQuery(parameters),
      headers: body === undefined ? general : { ...general, 'content-type': contentType },
      ...(body === undefined ? {} : { body: { kind: 'value', value: body } as const }),
      ...(user ? { user } : {}),
      ...(cause ? { cause } : {}),
    }
    const answered = metrics?.begin(method)
    const sending = this.transport.send(request, signal ?? life)
    if (answered)
      sending.then(
        ({ status }) => answered(status),
        () => answered(undefined),
      )
    return throwUnlessOk(await sending)
  }
}

/** @throws StatusError that an ERROR frame holds. */
function eventOf<T extends KubeObject>({ type, object: { object } }: WatchFrame): WatchEvent<T> {
  if (type === 'ERROR') throw statusErrorOf(object)
  if (type === 'BOOKMARK') return { type, resourceVersion: object.metadata?.resourceVersion ?? '' }
  return { type, object: object as Stored<T> }
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
