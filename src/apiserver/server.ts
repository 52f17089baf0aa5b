import type { Descriptions } from '#api'
import type { Clock, Logger, Random } from '#lib'
import { messageOf } from '#lib'
import {
  type ApiHandler,
  type ApiRequest,
  type ApiSchema,
  type NodeConnector,
  notFound,
  ownedTypes,
  type ProtobufCodec,
  type Resource,
  type ResourceRef,
  schemaView,
} from '#machinery'
import type { Store } from '#store'
import type { Actions } from './actions/action.ts'
import type { Admission } from './admission/admission.ts'
import type { Authenticator } from './authn/authenticator.ts'
import type { Authorizer } from './authz/authorizer.ts'
import { type Caches, openCaches } from './cache/caches.ts'
import type { ObjectReader } from './cache/object-reader.ts'
import { createObjectReader } from './cache/reader.ts'
import { admitConnection } from './connect/admit-connection.ts'
import { createConnectHandler } from './connect/connect-handler.ts'
import { createPathAnswers } from './discovery/paths.ts'
import type { HealthCheck } from './monitoring/health.ts'
import { createMetrics } from './monitoring/metrics.ts'
import { createPipeline } from './pipeline.ts'
import { handleResource } from './registry/verbs/handle.ts'
import type { CommitLog } from './request/commit-log.ts'
import type { ConnectHandler } from './request/connection.ts'
import type { PathHandler } from './request/path-handler.ts'
import { pathNotFound } from './request/path-not-found.ts'
import type { RequestContext } from './request/request-context.ts'
import type { Allocator, RegistryWorld, Scope } from './request/resource-request.ts'

/** What the authenticators, authorizers, plugins and actions of a server are made from. */
export interface ServerParts {
  readonly objects: ObjectReader
  /** Differs whenever a role or a binding has changed. */
  readonly rbacChanges: () => number
}

export interface ApiServerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly resources: readonly Resource[]
  readonly schema: ApiSchema
  readonly protobuf: ProtobufCodec
  readonly descriptions: Descriptions
  /** `v1.36.4+knarr` */
  readonly version: string
  readonly nodes: NodeConnector
  readonly allocators: readonly Allocator[]
  readonly commitLog: CommitLog
  /** What answers at further paths, once the pipeline has let a request pass. */
  readonly extraPaths?: ReadonlyMap<string, PathHandler>
  /** Made over the caches, once they are loaded. */
  readonly authenticators: (parts: ServerParts) => readonly Authenticator[]
  readonly authorizer: (parts: ServerParts) => Authorizer
  readonly admission: (parts: ServerParts) => readonly Admission[]
  readonly actions: (parts: ServerParts & { readonly authorizer: Authorizer }) => Actions
  readonly healthChecks?: readonly HealthCheck[]
}

export interface ApiServer extends AsyncDisposable {
  readonly handle: ApiHandler
  /** Opens exec, attach and port-forward; for the front end that speaks their protocols. */
  readonly connect: ConnectHandler
  readonly objects: ObjectReader
  readonly parts: {
    readonly authenticators: readonly Authenticator[]
    readonly authorizer: Authorizer
  }
}

/** The API over a store: pipeline, registry and discovery. Performs no I/O but the store's. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, clock, log, resources } = options
  const caches = await openCaches({ store, resources, clock, log })
  const objects = createObjectReader(caches, resources)
  const parts = {
    objects,
    rbacChanges: countChanges(caches, '/registry/rbac.authorization.k8s.io/'),
  }
  const authorizer = options.authorizer(parts)
  const authenticators = options.authenticators(parts)
  const router = createRouter(resources)
  const world: RegistryWorld = {
    store,
    caches,
    clock,
    random: options.random.fork('registry'),
    admission: options.admission(parts),
    objects,
    actions: options.actions({ ...parts, authorizer }),
    protobuf: options.protobuf,
    nodes: options.nodes,
    resourceOf: (ref) => router.find(ref.group, ref.version, ref.plural),
    schemaOf: schemaView(options.schema),
    ownedTypeOf: ownedTypes(options.schema),
    allocators: options.allocators,
    commitLog: options.commitLog,
  }
  const metrics = createMetrics({ clock, caches, resources })
  const answerPath = createPathAnswers({ ...options, metrics })
  const handle = createPipeline({
    authenticators,
    authorizer,
    route: (context, signal) =>
      context.info.kind === 'path'
        ? (options.extraPaths?.get(context.info.path) ?? answerPath)(context, signal)
        : handleResource(scopeOf(world, router, context, signal), context.info.verb),
    onInternalError: (error, request) => logFailure(log, error, request),
    onAnswer: metrics.count,
    clock,
  })
  const connect = createConnectHandler({
    admit: (request, signal) =>
      admitConnection(
        {
          authenticators,
          authorizer,
          admission: world.admission,
          context: (stop) => ({ objects, nowMs: clock.wallMs(), warn: () => {}, signal: stop }),
          resourceOf: (info) => router.find(info.group, info.version, info.resource),
        },
        request,
        signal,
      ),
    objects,
    nodes: options.nodes,
    random: world.random,
  })
  return {
    handle,
    connect,
    objects,
    parts: { authenticators, authorizer },
    [Symbol.asyncDispose]: () => caches[Symbol.asyncDispose](),
  }
}

/** Counts the commits that touch a prefix. */
function countChanges(caches: Caches, prefix: string): () => number {
  let changes = 1
  caches.onCommit((commit) => {
    if (commit.changes.some(({ key }) => key.startsWith(prefix))) changes++
  })
  return () => changes
}

function logFailure(log: Logger, error: unknown, { method, path }: ApiRequest): void {
  const stack = error instanceof Error ? error.stack : undefined
  log.error('a request failed', { method, path, error: messageOf(error), stack })
}

interface Router {
  /** Throws the 404 of an unknown path. */
  find(group: string, version: string, plural: string): Resource
}

function createRouter(resources: readonly Resource[]): Router {
  const byId = new Map(
    resources.map((each) => [`${each.group}/${each.version}/${each.plural}`, each]),
  )
  return {
    find(group, version, plural) {
      const resource = byId.get(`${group}/${version}/${plural}`)
      if (!resource) throw pathNotFound()
      return resource
    },
  }
}

function scopeOf(
  world: RegistryWorld,
  router: Router,
  { request, info, user, warnings }: RequestContext,
  signal: AbortSignal,
): Scope {
  if (info.kind === 'path') throw pathNotFound()
  const resource = router.find(info.group, info.version, info.resource)
  const stored = resource.view ? router.find(...idOf(resource.view.of)) : resource
  const namespace = resource.plural === 'namespaces' ? '' : info.namespace
  if (resource.scope === 'Cluster' && namespace !== '') throw pathNotFound()
  if (resource.scope === 'Namespaced' && namespace === '' && needsNamespace(info.verb)) {
    throw info.name === '' ? pathNotFound() : notFound(resource, info.name)
  }
  if (resource.deprecation) warnings.push(resource.deprecation)
  return {
    world,
    resource,
    stored,
    request,
    user,
    namespace,
    name: info.name,
    subresource: info.subresource,
    dryRun: false,
    signal,
    warnings,
  }
}

function idOf({ group, version, plural }: ResourceRef): [string, string, string] {
  return [group, version, plural]
}

function needsNamespace(verb: string): boolean {
  return !['list', 'watch', 'deletecollection', 'create'].includes(verb)
}
