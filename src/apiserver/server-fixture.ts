import { generateKeyPairSync } from 'node:crypto'
import { apiProtobuf, apiSchema, resources } from '#api'
import { createVirtualClock, seededRandom, silentLogger, type VirtualClock } from '#lib'
import type {
  ApiRequest,
  ApiResponse,
  NodeConnector,
  Resource,
  UserInfo,
  WatchFrame,
} from '#machinery'
import { notFound } from '#machinery/status'
import { createMemoryStore, type Store } from '#store'
import type { Actions } from './actions/action.ts'
import type { Admission } from './admission/admission.ts'
import type { AuditOptions } from './audit/auditor.ts'
import type { Authenticator } from './authn/authenticator.ts'
import type { Authorizer } from './authz/authorizer.ts'
import type { StructuredAuthorization } from './authz/structured/structured-authorization.ts'
import type { Encryption } from './encryption/encryption.ts'
import { listPieces } from './http/streams/frames.ts'
import type { HealthCheck } from './monitoring/health.ts'
import type { CommitRecord } from './request/commit-log.ts'
import type { PathHandler } from './request/path-handler.ts'
import { type ApiServer, createApiServer } from './server.ts'
import { standardParts } from './standard-parts.ts'
import type { TracingOptions } from './tracing/tracer.ts'
import type { WebhookTransport } from './webhooks/transport.ts'

/** What a test may plug into its server. */
export interface TestServerOptions {
  readonly resources?: readonly Resource[]
  readonly nodes?: NodeConnector
  readonly admission?: readonly Admission[]
  readonly authorizer?: Authorizer
  /** Asked only where a request names no user, as those over HTTPS do. */
  readonly authenticators?: readonly Authenticator[]
  readonly actions?: Actions
  readonly components?: readonly HealthCheck[]
  /** Upstream's plugins, authorizers, actions and allocators where the test plugs in nothing else. */
  readonly standard?: true | { readonly serviceCidrs: readonly string[] }
  /** Who is asked in place of upstream's authorizers, with `standard`. */
  readonly authorization?: StructuredAuthorization
  /** Another server's store; it stays open when this server ends. */
  readonly store?: Store
  /** How objects stand in the store. */
  readonly encryption?: Encryption
  /** What answers at further paths. */
  readonly extraPaths?: ReadonlyMap<string, PathHandler>
  /** What is traced of requests. */
  readonly tracing?: TracingOptions
  /** What is recorded of requests. */
  readonly audit?: AuditOptions
  /** How webhooks are called. */
  readonly webhookTransport?: WebhookTransport
}

/** A server under test, with the virtual clock and the store that it runs on. */
export interface TestServer extends AsyncDisposable {
  readonly api: ApiServer
  readonly clock: VirtualClock
  readonly store: Store
  readonly commits: readonly CommitRecord[]
  send(
    method: ApiRequest['method'],
    target: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** A watch whose frames so far can be looked at, each as `TYPE name@resourceVersion`. */
  watch(target: string, headers?: Readonly<Record<string, string>>): Promise<TestWatch>
}

/** An answer with its body decoded. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
  /** Decoded JSON, or the text of another body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
  readonly response: ApiResponse
}

/** A watch that collects what it is sent. */
interface TestWatch {
  readonly frames: readonly WatchFrame[]
  readonly lines: readonly string[]
  readonly ended: boolean
  stop(): void
}

const admin: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }

const allowAll: Authorizer = {
  name: 'all',
  authorize: () => ({ kind: 'allow', reason: '' }),
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
}

const noNodes: NodeConnector = (name) =>
  Promise.reject(notFound({ group: '', plural: 'nodes' }, name))

const standardOptions = () => ({
  random: seededRandom(2),
  tokenKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string,
  issuer: 'https://kubernetes.default.svc.cluster.local',
  serviceCidrs: ['10.96.0.0/12'],
  nodePorts: { first: 30_000, last: 32_767 },
})

/** An API server over a store in memory, on virtual time, that lets everybody do everything. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const clock = createVirtualClock()
  const store = options.store ?? createMemoryStore({ clock })
  const commits: CommitRecord[] = []
  const { standard: own, authorization } = options
  const chosen = { ...standardOptions(), ...(typeof own === 'object' && own) }
  const standard =
    own && standardParts({ ...chosen, clock, ...(authorization && { authorization }) })
  const api = await createApiServer({
    store,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    resources: options.resources ?? resources,
    schema: apiSchema,
    protobuf: apiProtobuf,
    descriptions: { type: () => undefined, field: () => undefined },
    version: 'v1.36.0+knarr',
    nodes: options.nodes ?? noNodes,
    ...(options.encryption && { encryption: options.encryption }),
    ...(options.components && { components: options.components }),
    ...(options.webhookTransport && { webhookTransport: options.webhookTransport }),
    allocators: standard?.allocators ?? [],
    ...(options.audit && { audit: options.audit }),
    ...(options.tracing && { tracing: options.tracing }),
    ...(options.extraPaths && { extraPaths: options.extraPaths }),
    commitLog: (record) => commits.push(record),
    authenticators: () => options.authenticators ?? [],
    authorizer: (parts) => options.authorizer ?? standard?.authorizer(parts) ?? allowAll,
    admission: (parts) => options.admission ?? standard?.admission(parts) ?? [],
    actions: (parts) => options.actions ?? standard?.actions(parts) ?? {},
  })
  const never = new AbortController().signal
  const requestOf = (
    method: ApiRequest['method'],
    target: string,
    headers: Readonly<Record<string, string>>,
  ): ApiRequest => {
    const [path = '', query] = target.split('?')
    return { method, path, query: new URLSearchParams(query), headers, user: admin }
  }
  return {
    api,
    clock,
    store,
    commits,
    async send(method, target, body, headers = {}) {
      const request = requestOf(method, target, headers)
      const whole = body === undefined ? request : { ...request, body: bodyOf(body) }
      return answerOf(await api.handle(whole, never))
    },
    async watch(target, headers = {}) {
      const stop = new AbortController()
      const response = await api.handle(requestOf('GET', target, headers), stop.signal)
      return watchOf(response, stop)
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      if (!options.store) await store[Symbol.asyncDispose]()
    },
  }
}

/** Texts and bytes go as they are, other values as JSON. */
function bodyOf(body: unknown): NonNullable<ApiRequest['body']> {
  if (body instanceof Uint8Array) return { kind: 'bytes', bytes: body }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'bytes', bytes: Buffer.from(text) }
}

function answerOf(given: ApiResponse): Answer {
  const response = { ...given, body: keptBody(given.body) }
  const { status, headers, warnings = [] } = response
  return { status, headers, warnings, body: decodedBody(response), response }
}

/** Pieces can be asked for once; a test may look at an answer more often. */
function keptBody(body: ApiResponse['body']): ApiResponse['body'] {
  return body.kind === 'pieces' ? { ...body, pieces: [...body.pieces] } : body
}

function decodedBody({ body }: ApiResponse): unknown {
  switch (body.kind) {
    case 'object':
      return JSON.parse(Buffer.from(body.value.bytes).toString())
    case 'list':
      return JSON.parse(Buffer.concat([...listPieces(body)]).toString())
    case 'pieces':
    case 'bytes': {
      const text = bodyBytesOf(body).toString()
      return body.contentType === 'application/json' ? JSON.parse(text) : text
    }
    default:
      return undefined
  }
}

/** All bytes of a body that has them. */
export function bodyBytesOf(body: ApiResponse['body']): Buffer {
  if (body.kind === 'bytes') return Buffer.from(body.bytes)
  if (body.kind === 'pieces') return Buffer.concat([...body.pieces])
  throw new Error(`a body of ${body.kind} has no bytes`)
}

function watchOf(response: ApiResponse, stop: AbortController): TestWatch {
  if (response.body.kind !== 'watch') throw new Error(`no watch: ${response.status}`)
  const { events } = response.body
  const frames: WatchFrame[] = []
  let ended = false
  const read = async () => {
    for await (const frame of events) frames.push(frame)
    ended = true
  }
  void read()
  return {
    frames,
    get lines() {
      return frames.map(({ type, object: { object } }) => {
        const { name = '', resourceVersion } = object.metadata ?? {}
        return `${type} ${name}@${resourceVersion}`
      })
    },
    get ended() {
      return ended
    },
    stop: () => stop.abort(),
  }
}
