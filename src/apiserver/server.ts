import type { Descriptions } from '#api'
import {
  type Clock,
  createMetricRegistry,
  type Logger,
  type MetricRegistry,
  messageOf,
  type Random,
} from '#lib'
import type { ApiHandler, ApiRequest, NodeConnector, Resource } from '#machinery'
import type { OwnedType } from '#machinery/apply'
import type { ProtobufCodec } from '#machinery/codec'
import type { ApiSchema, SchemaNode } from '#machinery/schema'
import type { Store } from '#store'
import type { Actions } from './actions/action.ts'
import type { Admission } from './admission/admission.ts'
import { createAdmissionMetrics } from './admission/admission-metrics.ts'
import { createAdmissionChain } from './admission/chain.ts'
import type { ServerWriter } from './admission/server-writer.ts'
import { type Aggregation, openAggregation } from './aggregation/aggregation.ts'
import type { FrontProxy } from './aggregation/exchange.ts'
import { type AuditOptions, createAuditor } from './audit/auditor.ts'
import type { Authenticator } from './authn/authenticator.ts'
import type { Authorizer } from './authz/authorizer.ts'
import { type Caches, openCaches } from './cache/caches.ts'
import type { ObjectReader } from './cache/object-reader.ts'
import { createObjectReader } from './cache/reader.ts'
import { admitConnection, type ConnectAttributes } from './connect/admit-connection.ts'
import { createConnectHandler } from './connect/connect-handler.ts'
import { serveDefinedKinds } from './crd/registrar.ts'
import { createPathAnswers } from './discovery/paths.ts'
import { encryptedStore } from './encryption/encrypted-store.ts'
import type { Encryption } from './encryption/encryption.ts'
import { filterRequest } from './filters/request-filters.ts'
import { createFlowControl, type FlowControl } from './flow-control/flow-control.ts'
import { serverChecks } from './monitoring/checks.ts'
import { computedKinds } from './monitoring/computed-kinds.ts'
import type { HealthCheck } from './monitoring/health.ts'
import { measuredStore } from './monitoring/measured-store.ts'
import { observeServer } from './monitoring/metrics.ts'
import { createRequestMetrics } from './monitoring/request-metrics.ts'
import { createPipeline } from './pipeline.ts'
import { actionStages, passStages } from './registry/stages.ts'
import { createServerWriter } from './registry/verbs/server-writes.ts'
import type { CommitLog } from './request/commit-log.ts'
import type { ConnectHandler } from './request/connection.ts'
import type { PathHandler } from './request/path-handler.ts'
import type { RefusalLog } from './request/refused-request.ts'
import type { AuditNotes, OpenAudit } from './request/request-audit.ts'
import { type ResourceInfo, requestInfoOf } from './request/request-info.ts'
import type { Allocator, RegistryServices } from './request/resource-request.ts'
import { routeOf } from './route.ts'
import { builtInDefinitions } from './served/definition.ts'
import { pathNotFound } from './served/path-not-found.ts'
import { createServed, type Served } from './served/served.ts'
import { servedTypes } from './served/types.ts'
import { createTracer, type TracingOptions } from './tracing/tracer.ts'
import { createTlsTransport } from './webhooks/tls-transport.ts'
import type { WebhookTransport } from './webhooks/transport.ts'
import { createWebhookClient, type WebhookClient } from './webhooks/webhook-client.ts'

/** What the authenticators, authorizers, plugins and actions of a server are made from. */
export interface ServerParts {
  readonly objects: ObjectReader
  /** Differs whenever a role or a binding has changed. */
  readonly rbacChanges: () => number
  /** For what plugins write by themselves, once the server serves. */
  readonly writer: ServerWriter
  /** Differs whenever a configuration of admission has changed. */
  readonly admissionChanges: () => number
  readonly served: Pick<Served, 'all' | 'find' | 'storedAs'>
  readonly schemaOf: (typeName: string) => SchemaNode
  readonly ownedTypeOf: (typeName: string) => OwnedType
  /** How webhooks are called. */
  readonly webhooks: WebhookClient
  /** How other servers are called that are no webhooks of admission. */
  readonly transport: WebhookTransport
  readonly log: Logger
}

/** What an API server is made from; nothing in it does I/O but the store and the nodes. */
export interface ApiServerOptions {
  readonly store: Store
  /** How objects stand in the store; default: as they are. */
  readonly encryption?: Encryption
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** The kinds that are built in; others may come and go by `ApiServer.served`. */
  readonly resources: readonly Resource[]
  readonly schema: ApiSchema
  readonly protobuf: ProtobufCodec
  readonly descriptions: Descriptions
  /** `v1.36.4+knarr` */
  readonly version: string
  readonly nodes: NodeConnector
  /** Default: HTTPS from this process, and from the nodes to Services. */
  readonly webhookTransport?: WebhookTransport
  readonly allocators: readonly Allocator[]
  readonly commitLog: CommitLog
  /** Default: nobody is told. */
  readonly refusalLog?: RefusalLog
  /** What is recorded of requests, and where; default: nothing. */
  readonly audit?: AuditOptions
  /** What is traced of requests, and who is told; default: nothing. */
  readonly tracing?: TracingOptions
  /** What answers at further paths, once the pipeline has let a request pass. */
  readonly extraPaths?: ReadonlyMap<string, PathHandler>
  /** Made over the caches, once they are loaded. */
  readonly authenticators: (parts: ServerParts) => readonly Authenticator[]
  /** Headers by which somebody says who they are; default: upstream's usual ones. */
  readonly isIdentityHeader?: (name: string) => boolean
  readonly authorizer: (parts: ServerParts) => Authorizer
  readonly admission: (parts: ServerParts) => readonly Admission[]
  readonly actions: (parts: ServerParts & { readonly authorizer: Authorizer }) => Actions
  /** What else must be well, besides this server itself. */
  readonly healthChecks?: readonly HealthCheck[]
  /** The parts of the control plane that ComponentStatuses are about, besides the store. */
  readonly components?: readonly HealthCheck[]
  /** Shown to servers behind APIServices; absent: pods are simulated, and have no certificates. */
  readonly frontProxy?: FrontProxy
  /** Where the server counts, and what it answers at /metrics; default: one of its own. */
  readonly metrics?: MetricRegistry
  /** How many requests are answered at once; default: upstream's 600. */
  readonly seats?: number
}

/** A running API server. Disposing of it ends its watches and caches. */
export interface ApiServer extends AsyncDisposable {
  readonly handle: ApiHandler
  /**
   * Asks the filters alone, which need no body: resolves for a request that may be made.
   * Rejects with the StatusError (400, 401, 403) that refuses it.
   */
  readonly authorize: (request: ApiRequest, signal: AbortSignal) => Promise<void>
  /** Opens exec, attach and port-forward; for the front end that speaks their protocols. */
  readonly connect: ConnectHandler
  readonly objects: ObjectReader
  /** What is served now; kinds are added here while the server runs. */
  readonly served: Served
  readonly parts: {
    readonly authenticators: readonly Authenticator[]
    readonly authorizer: Authorizer
  }
}

/** The API over a store: pipeline, registry and discovery. Performs no I/O but the store's. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, log, encryption, metrics = createMetricRegistry() } = options
  const measured = measuredStore(options.store, metrics, clock)
  const store = encryption ? encryptedStore(measured, encryption, log) : measured
  const caches = await openCaches({ store, clock, log })
  const served = createServed(caches)
  await served.add(builtInDefinitions(options.resources, options.schema))
  const objects = createObjectReader(caches, served)
  const types = servedTypes(served, options.schema)
  const parts = partsOf(options, {
    caches,
    served,
    objects,
    ...types,
    writer: createServerWriter(() => world),
  })
  const authorizer = options.authorizer(parts)
  const authenticators = options.authenticators(parts)
  const resourceAt = resourcesOf(served)
  const times = createAdmissionMetrics(metrics, clock)
  const world: RegistryServices = {
    store,
    caches,
    clock,
    random: options.random.fork('registry'),
    log,
    authorizer,
    admission: createAdmissionChain(options.admission(parts), times),
    objects,
    actions: options.actions({ ...parts, authorizer }),
    protobuf: options.protobuf,
    nodes: options.nodes,
    resourceOf: (ref) => resourceAt(ref.group, ref.version, ref.plural),
    ...{ ...types, computed: computedKinds(options) },
    allocators: options.allocators,
    commitLog: options.commitLog,
  }
  const registrar = await serveDefinedKinds({
    ...{ caches, served, clock, log },
    conversion: { client: parts.webhooks, random: options.random.fork('conversions') },
  })
  const whatIsServed = onlyServed(objects, served)
  const aggregation = openAggregation({
    ...{ caches, clock, log, nodes: options.nodes, writer: parts.writer },
    objects: whatIsServed,
    random: options.random.fork('aggregation'),
    frontProxy: options.frontProxy,
  })
  const flowControl = flowControlOver({ caches, served, objects: whatIsServed, metrics }, options)
  observeServer({ registry: metrics, clock, caches, served })
  const answerPath = createPathAnswers({
    ...{ ...options, served, metrics, healthChecks: checksOf(options, caches) },
    remotes: () => aggregation.remotes,
  })
  const followers = followersOf({ ...options, metrics })
  const handle = createPipeline({
    ...{ authenticators, authorizer, isIdentityHeader: options.isIdentityHeader },
    route: routeOf({
      ...{ world, served, aggregation, answerPath, metrics },
      extraPaths: options.extraPaths,
    }),
    onInternalError: (error, request) => logFailure(log, error, request),
    metrics: createRequestMetrics({ registry: metrics, clock, served }),
    refusalLog: options.refusalLog ?? (() => undefined),
    ...{ flowControl, clock, ...followers },
  })
  const connecting = { world, authenticators, resourceAt, aggregation, audit: followers.audit }
  return {
    handle,
    authorize: authorizeBy({ authenticators, authorizer }),
    connect: connectHandlerOf(options, connecting),
    objects,
    served,
    parts: { authenticators, authorizer },
    async [Symbol.asyncDispose]() {
      for (const each of [aggregation, registrar, parts.webhooks]) each[Symbol.dispose]()
      await caches[Symbol.asyncDispose]()
    },
  }
}

/** What follows each request from its beginning to its end. */
function followersOf(options: ApiServerOptions & { readonly metrics: MetricRegistry }) {
  const { tracing } = options
  return { audit: createAuditor(options), trace: tracing && createTracer(tracing, options) }
}

function checksOf(
  { store, clock, healthChecks = [] }: ApiServerOptions,
  caches: Caches,
): readonly HealthCheck[] {
  return [...serverChecks({ store, clock, caches }), ...healthChecks]
}

/** Of a kind that a server does not have there are no objects. */
function onlyServed(objects: ObjectReader, served: Served): ObjectReader {
  return {
    ...objects,
    list: (resource, namespace) =>
      served.find(resource.group, resource.version, resource.plural)
        ? objects.list(resource, namespace)
        : [],
  }
}

function flowControlOver(
  {
    caches,
    served,
    objects,
    metrics,
  }: {
    readonly caches: Caches
    readonly served: Served
    readonly objects: ObjectReader
    readonly metrics: MetricRegistry
  },
  { clock, seats }: Pick<ApiServerOptions, 'clock' | 'seats'>,
): FlowControl {
  return createFlowControl({
    clock,
    objects,
    metrics,
    changes: countChanges(caches, '/registry/flowcontrol.apiserver.k8s.io/'),
    count: (...names) => {
      const resource = served.find(...names)
      return resource && caches.of(served.storedAs(resource) ?? resource).size
    },
    ...(seats !== undefined && { seats }),
  })
}

/** What plugins and the like are made from. */
function partsOf(
  options: ApiServerOptions,
  known: Pick<ServerParts, 'objects' | 'served' | 'schemaOf' | 'ownedTypeOf' | 'writer'> & {
    readonly caches: Caches
  },
): ServerParts {
  const { caches, ...own } = known
  const transport = options.webhookTransport ?? createTlsTransport(options.nodes)
  return {
    ...own,
    transport,
    log: options.log,
    rbacChanges: countChanges(caches, '/registry/rbac.authorization.k8s.io/'),
    admissionChanges: countChanges(caches, '/registry/admissionregistration.k8s.io/'),
    webhooks: createWebhookClient({
      objects: own.objects,
      clock: options.clock,
      random: options.random.fork('webhooks'),
      transport,
    }),
  }
}

interface Connecting {
  readonly world: RegistryServices
  readonly authenticators: readonly Authenticator[]
  readonly resourceAt: ResourceAt
  readonly aggregation: Aggregation
  readonly audit: OpenAudit
}

function connectHandlerOf(
  { clock, nodes, isIdentityHeader }: ApiServerOptions,
  { world, authenticators, resourceAt, aggregation, audit }: Connecting,
): ConnectHandler {
  const { admission, authorizer, objects } = world
  const admit = (attributes: ConnectAttributes, signal: AbortSignal, notes?: AuditNotes) =>
    passStages(actionStages, {
      admission,
      context: {
        ...{ objects, nowMs: clock.wallMs(), warn: () => {}, signal },
        ...(notes && { annotate: notes.annotate }),
      },
      attributes,
      object: attributes.object,
    })
  const resourceOf = (info: ResourceInfo) => resourceAt(info.group, info.version, info.resource)
  const stages = { authenticators, authorizer, isIdentityHeader, admit, resourceOf }
  return createConnectHandler({
    audit,
    forward: (asked, signal) =>
      aggregation.upgrade(
        asked.request,
        (request, info) => filterRequest(stages, { ...asked, request, info }, signal),
        signal,
      ),
    admit: (asked, signal) => admitConnection(stages, asked, signal),
    objects,
    nodes,
    random: world.random,
  })
}

function authorizeBy(
  filters: Pick<ApiServer['parts'], 'authenticators' | 'authorizer'>,
): ApiServer['authorize'] {
  return async (request, signal) => {
    await filterRequest(filters, { request, info: requestInfoOf(request) }, signal)
  }
}

/** Counts the commits that touch a prefix. */
function countChanges(caches: Caches, prefix: string): () => number {
  let changes = 1
  caches.onCommit((commit) => {
    if (commit.changes.some(({ key }) => key.startsWith(prefix))) changes++
  })
  caches.onReload(() => changes++)
  return () => changes
}

function logFailure(log: Logger, error: unknown, { method, path }: ApiRequest): void {
  const stack = error instanceof Error ? error.stack : undefined
  log.error('a request failed', { method, path, error: messageOf(error), stack })
}

/** Throws the 404 of an unknown path. */
type ResourceAt = (group: string, version: string, plural: string) => Resource

function resourcesOf(served: Served): ResourceAt {
  return (group, version, plural) => {
    const resource = served.find(group, version, plural)
    if (!resource) throw pathNotFound()
    return resource
  }
}
