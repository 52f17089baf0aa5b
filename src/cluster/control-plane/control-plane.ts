import {
  apiProtobuf,
  apiSchema,
  type ClusterClock,
  type Descriptions,
  enabledResources,
  resources,
} from '#api'
import {
  type Actions,
  type Admission,
  type AdmissionSettings,
  type ApiServer,
  type AuditOptions,
  createApiServer,
  type Encryption,
  type PathHandler,
  type ServiceAccountSettings,
  type StructuredAuthentication,
  type StructuredAuthorization,
  standardParts,
  type TracingOptions,
  type WebhookTransport,
} from '#apiserver'
import {
  type Client,
  createClient,
  createClientMetrics,
  createEventRecorder,
  createInformerFactory,
  createSeriesRecorder,
  type EventRecorder,
  type InformerFactory,
  type Transport,
} from '#client'
import { type Controller, controllers, runControllers } from '#controllers'
import { createHistory, type History } from '#history'
import {
  type Clock,
  createMetricRegistry,
  invariant,
  type Logger,
  type MetricRegistry,
  type Random,
} from '#lib'
import type { NodeConnector, UserInfo } from '#machinery'
import { createScheduler } from '#scheduler'
import type { Store } from '#store'
import type { KeyPair } from '../pki/certificates.ts'
import { createSigner } from '../pki/signer.ts'
import { ensureBootstrapObjects } from './bootstrap.ts'
import { issuerOf } from './issuer.ts'
import { logPaths } from './log-paths.ts'
import { readNetworks } from './networks.ts'
import { createNodeConnections, type NodeConnections } from './node-connections.ts'
import { createPartHealth, type PartHealth } from './part-health.ts'
import { balancerPool, type ClusterPart, dnsOf } from './parts.ts'
import { type RequestHeaderSettings, requestHeaderWith } from './request-header.ts'
import { followStart, type StartProgress, serverHooks } from './start-hooks.ts'

/** The seams and secrets that a control plane stands on; the same in both worlds. */
export interface ControlPlaneOptions {
  readonly store: Store
  /** How objects stand in the store; default: as they are. */
  readonly encryption?: Encryption
  /** Whose tokens hold besides the cluster's own; default: nobody's. */
  readonly authentication?: StructuredAuthentication
  /** Who is asked whether somebody may do something; default: Node, then RBAC. */
  readonly authorization?: StructuredAuthorization
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly tokenKey: string
  /** What else is said of tokens of service accounts. */
  readonly serviceAccounts?: ServiceAccountSettings
  /** Who issues tokens of service accounts; default: by the cluster's domain. */
  readonly serviceAccountIssuer?: string
  /** PEM of the authority that pods trust the API server by. */
  readonly rootCertificate: string
  /** Signs the certificates that clients ask for. */
  readonly authority: KeyPair
  /** By what other API servers know this one when it speaks for users; absent where pods are simulated. */
  readonly frontProxy?: FrontProxyKeys
  /** Who may say in headers as whom a request is made, and what other servers are told of that. */
  readonly requestHeader?: RequestHeaderSettings
  readonly descriptions: Descriptions
  readonly version: string
  /** One network of pods, or one of each family by comma; likewise of Services. */
  readonly podCidr: string
  readonly serviceCidr: string
  readonly clusterDomain: string
  readonly disable?: readonly ClusterPart[]
  /** Addresses for Services of type LoadBalancer; without any, they share those of the nodes. */
  readonly loadBalancerPool?: readonly string[]
  /** Versions of the API besides those that are served anyway: `extensions/v1beta1=true`. */
  readonly runtimeConfig?: readonly string[]
  /** What is configured of admission plugins; default: nothing, as upstream. */
  readonly admission?: AdmissionSettings
  /** What is recorded of requests; default: nothing. */
  readonly audit?: AuditOptions | undefined
  /** What is traced of requests; default: nothing. */
  readonly tracing?: TracingOptions | undefined
  readonly nodeMonitorPeriodMs: number
  readonly nodeMonitorGracePeriodMs: number
  /** Entries that the event log keeps. */
  readonly historyLimit?: number
  /** Where pods reach the API server: the endpoint behind the `kubernetes` Service. */
  readonly endpoint?: { readonly address: string; readonly port: number }
  /** How time goes from the first start on. */
  readonly clockSpec?: NonNullable<ClusterClock['spec']>
  readonly extras?: (parts: PlaneParts) => ControlPlaneExtras
  /** How webhooks are called; default: over HTTPS, from this process and from the nodes. */
  readonly webhookTransport?: (nodes: NodeConnector) => WebhookTransport
}

/** The certificate that is shown to other API servers, and the authority that has signed it; all in PEM. */
interface FrontProxyKeys {
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

/** What the additions of a cluster may use. */
interface PlaneParts {
  readonly history: History
  readonly clock: Clock
  /** Only once the server stands. */
  readonly server: () => Pick<ApiServer, 'objects' | 'served'>
}

/** What a cluster adds to Kubernetes' own parts. */
interface ControlPlaneExtras {
  readonly controllers?: readonly Controller[]
  readonly admission?: readonly Admission[]
  readonly actions?: Actions
  readonly paths?: ReadonlyMap<string, PathHandler>
}

export interface ControlPlane extends AsyncDisposable {
  /** Every write since this process began, and why it was made. */
  readonly history: History
  readonly server: ApiServer
  /** Who may say in headers as whom a request is made: for who serves it, and knows certificates. */
  readonly trust: Pick<ControlPlaneOptions, 'requestHeader'>
  /** Where all parts of the control plane count. */
  readonly metrics: MetricRegistry
  /** The API as whoever runs in this process asks it: the same pipeline, without a wire. */
  readonly transport: Transport
  /** A client of this process that acts as `user`. */
  clientFor(user: UserInfo, userAgent: string): Client
  informersFor(client: Client): InformerFactory
  recorderFor(client: Client, component: string, host?: string): EventRecorder
  /** For components that upstream has moved to events.k8s.io. */
  seriesRecorderFor(client: Client, component: string): EventRecorder
  /** Makes a node's own API known to the API server, until disposed, where it can be reached. */
  readonly connectNode: NodeConnections['connect']
  /** Runs controllers and scheduler until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}

const systemUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] }

export async function createControlPlane(
  options: ControlPlaneOptions,
  signal: AbortSignal,
): Promise<ControlPlane> {
  const { clock, random } = options
  const metrics = createMetricRegistry()
  const networks = readNetworks(options)
  const history = createHistory(
    options.historyLimit === undefined ? {} : { limit: options.historyLimit },
  )
  const connections = createNodeConnections()
  const health = createPartHealth(['controller-manager', 'scheduler'])
  let opened: ApiServer | undefined
  const openServerView = () => {
    invariant(opened, 'nothing asks the server before it stands')
    return opened
  }
  const extras = options.extras?.({ history, clock, server: openServerView }) ?? {}
  const start = followStart(signal)
  const trust = trustOf(options)
  const server = await openServer(options, {
    ...{ history, connections, extras, health, metrics, start, trust },
    server: openServerView,
  })
  opened = server
  start.done(...serverHooks)
  const transport: Transport = { send: server.handle, isInProcess: true }
  const requests = createClientMetrics(metrics, 'in-process', clock)
  const clientFor: ControlPlane['clientFor'] = (user, userAgent) =>
    createClient(transport, { user, userAgent, signal, metrics: requests })
  const informersFor = (client: Client) =>
    createInformerFactory({ client, clock, random: random.fork('informers') })
  const recording = (client: Client, component: string, host?: string) => ({
    client,
    clock,
    random: random.fork(`events/${component}/${host ?? ''}`),
    source: { component, ...(host ? { host } : {}) },
    signal,
  })
  const list = controllersOf(options, extras)
  const dns = dnsOf(options)
  await ensureBootstrapObjects(clientFor(systemUser, 'knarr'), {
    controllers: list,
    resources: enabledResources(resources, options.runtimeConfig ?? []),
    clientAuthority: options.rootCertificate,
    ...trust,
    serviceCidrs: networks.services,
    clockSpec: options.clockSpec ?? {},
    dnsAddress: dns.isOwn ? dns.addresses[0] : undefined,
    log: options.log,
    onDone: start.done,
    ...(options.endpoint ? { endpoint: options.endpoint } : {}),
  })
  const plane: ControlPlane = {
    ...{ history, server, trust, metrics },
    transport,
    clientFor,
    informersFor,
    recorderFor: (...who) => createEventRecorder(recording(...who)),
    seriesRecorderFor: (...who) => createSeriesRecorder(recording(...who)),
    connectNode: connections.connect,
    run: async (running) => {
      await Promise.all([
        health.run('controller-manager', () => runAllControllers(plane, list, options, running)),
        health.run('scheduler', () => runScheduler(plane, options, running)),
      ])
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
  return plane
}

function trustOf({ requestHeader, frontProxy }: ControlPlaneOptions): ControlPlane['trust'] {
  const whole = requestHeaderWith(requestHeader, frontProxy?.authority)
  return whole ? { requestHeader: whole } : {}
}

/** The controllers of Kubernetes, and those that a cluster adds. */
function controllersOf(
  options: ControlPlaneOptions,
  extras: ControlPlaneExtras,
): readonly Controller[] {
  return [
    ...controllers({
      nodeLifecycle: {
        monitorPeriodMs: options.nodeMonitorPeriodMs,
        monitorGraceMs: options.nodeMonitorGracePeriodMs,
      },
      clusterCidrs: readNetworks(options).pods,
      rootCertificate: options.rootCertificate,
      loadBalancer: {
        pool: balancerPool(options),
        reservedPorts: options.endpoint ? [options.endpoint.port] : [],
      },
      signer: createSigner(options.authority),
    }),
    ...(extras.controllers ?? []),
  ]
}

interface ServerWorld {
  readonly history: History
  readonly connections: NodeConnections
  readonly extras: ControlPlaneExtras
  readonly health: PartHealth
  readonly start: StartProgress
  readonly trust: ControlPlane['trust']
  readonly metrics: MetricRegistry
  /** Only once the server stands. */
  readonly server: () => ApiServer
}

/** The API server with upstream's parts and the cluster's own. */
function openServer(
  options: ControlPlaneOptions,
  { history, connections, extras, health, metrics, start, trust, server: opened }: ServerWorld,
): Promise<ApiServer> {
  const { store, clock, random, log, descriptions, version, webhookTransport } = options
  const nodes: NodeConnector = async (name) => connections.find(name)
  const standard = standardParts({
    clock,
    random,
    tokenKey: options.tokenKey,
    issuer: issuerOf(options),
    ...(options.serviceAccounts && { serviceAccounts: options.serviceAccounts }),
    ...(options.authentication && { authentication: options.authentication }),
    ...(trust.requestHeader && { requestHeaders: trust.requestHeader }),
    ...(options.authorization && { authorization: options.authorization }),
    serviceCidrs: readNetworks(options).services,
    nodePorts: { first: 30_000, last: 32_767 },
    ...(options.admission && { admissionSettings: options.admission }),
  })
  const paths = logPaths({ history, clock, server: opened })
  return createApiServer({
    store,
    clock,
    random,
    log,
    resources: enabledResources(resources, options.runtimeConfig ?? []),
    schema: apiSchema,
    protobuf: apiProtobuf,
    descriptions,
    version,
    nodes,
    ...(options.encryption && { encryption: options.encryption }),
    ...(webhookTransport && { webhookTransport: webhookTransport(nodes) }),
    ...(options.frontProxy && { frontProxy: options.frontProxy }),
    ...(options.audit && { audit: options.audit }),
    ...(options.tracing && { tracing: options.tracing }),
    healthChecks: start.checks,
    commitLog: history.record,
    refusalLog: history.refuse,
    ...{ components: health.checks, metrics },
    ...standard,
    extraPaths: new Map([...standard.extraPaths, ...paths, ...(extras.paths ?? [])]),
    admission: (parts) => [...standard.admission(parts), ...(extras.admission ?? [])],
    actions: (parts) => ({ ...standard.actions(parts), ...extras.actions }),
  })
}

/** All controllers read through one set of informers; each writes as its own service account. */
async function runAllControllers(
  { clientFor, informersFor, recorderFor, metrics }: ControlPlane,
  list: readonly Controller[],
  { clock, random, log }: ControlPlaneOptions,
  signal: AbortSignal,
): Promise<void> {
  const manager = clientFor(
    authenticated('system:kube-controller-manager'),
    'kube-controller-manager',
  )
  const informers = informersFor(manager)
  const own = (controller: Controller) => {
    const client = clientFor(serviceAccount(controller.name), controller.name)
    const recorder = (component: string) => recorderFor(client, component)
    return runControllers(
      [controller],
      { client, informers, clock, random, log, recorder, metrics },
      signal,
    )
  }
  await Promise.all([informers.run(signal), ...list.map(own)])
}

async function runScheduler(
  { clientFor, informersFor, seriesRecorderFor, metrics }: ControlPlane,
  { clock, random, log }: ControlPlaneOptions,
  signal: AbortSignal,
): Promise<void> {
  const client = clientFor(authenticated('system:kube-scheduler'), 'kube-scheduler')
  const informers = informersFor(client)
  const events = seriesRecorderFor(client, 'default-scheduler')
  const scheduler = createScheduler({
    client,
    informers,
    clock,
    random: random.fork('scheduler'),
    log: log.with({ component: 'scheduler' }),
    metrics,
    events,
  })
  await Promise.all([informers.run(signal), scheduler.run(signal)])
}

export function authenticated(name: string, ...groups: readonly string[]): UserInfo {
  return { name, groups: [...groups, 'system:authenticated'] }
}

function serviceAccount(name: string): UserInfo {
  return authenticated(
    `system:serviceaccount:kube-system:${name}`,
    'system:serviceaccounts',
    'system:serviceaccounts:kube-system',
  )
}
