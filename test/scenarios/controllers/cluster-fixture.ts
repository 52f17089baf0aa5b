import { generateKeyPairSync } from 'node:crypto'
import {
  apiProtobuf,
  apiSchema,
  clusterRoleBindings,
  clusterRoles,
  leases,
  namespaces,
  nodes,
  type Pod,
  pods,
  priorityClasses,
  resources,
  roleBindings,
  roles,
} from '#api'
import { bootstrapPolicy, createApiServer, standardParts, systemPriorityClasses } from '#apiserver'
import {
  type Client,
  createClient,
  createEventRecorder,
  createInformerFactory,
  type InformerFactory,
} from '#client'
import {
  type Controller,
  type ControllersOptions,
  controllers,
  runControllers,
  watching,
} from '#controllers'
import { createVirtualClock, seededRandom, silentLogger, type VirtualClock } from '#lib'
import {
  formatTime,
  type KubeObject,
  keyOf,
  type ObjectMeta,
  parseKey,
  type ResourceRef,
  type Stored,
  type UserInfo,
} from '#machinery'
import { isNotFound, notFound } from '#machinery/status'
import { createMemoryStore } from '#store'
import { createSigner, selfSignedAuthority } from '../../../src/cluster/pki/signer.ts'

/** A control plane on virtual time, with stand-ins for the scheduler and the nodes' kubelets. */
export interface TestCluster extends AsyncDisposable {
  readonly client: Client
  /** A client in the name of somebody else. */
  clientOf(user: UserInfo): Client
  readonly clock: VirtualClock
  /** What the loops read; for looking, never for waiting on a write of the test's own. */
  readonly informers: InformerFactory
  /** Nodes whose kubelet does nothing any more. */
  readonly deadNodes: Set<string>
  create<T extends KubeObject>(resource: ResourceRef<T>, object: unknown): Promise<Stored<T>>
  list<T extends KubeObject>(
    resource: ResourceRef<T>,
    namespace?: string,
  ): Promise<readonly Stored<T>[]>
  get<T extends KubeObject>(resource: ResourceRef<T>, key: string): Promise<Stored<T> | undefined>
  /** Goes on in time until `condition` holds; throws when it does not within `limitMs`. */
  until(what: string, condition: () => Promise<boolean>, limitMs?: number): Promise<void>
}

export interface TestClusterOptions {
  readonly nodes?: readonly string[]
  readonly seed?: number
  readonly controllers?: Partial<ControllersOptions>
  /** Creates pods that never become ready. */
  readonly podsStayUnready?: boolean
}

const tokenKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

const admin: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }

/** Starts everything; each controller acts with just the rights that it declares. */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const random = seededRandom(options.seed ?? 1)
  const clock = createVirtualClock({ random: random.fork('clock') })
  const stop = new AbortController()
  const { signal } = stop
  const server = await createApiServer({
    store: createMemoryStore({ clock }),
    clock,
    random,
    log: silentLogger,
    resources,
    schema: apiSchema,
    protobuf: apiProtobuf,
    descriptions: { type: () => undefined, field: () => undefined },
    version: 'v1.36.0+knarr',
    nodes: (name) => Promise.reject(notFound({ group: '', plural: 'nodes' }, name)),
    commitLog: () => undefined,
    ...standardParts({
      clock,
      random,
      tokenKey,
      issuer: 'https://kubernetes.default.svc.cluster.local',
      serviceCidrs: ['10.96.0.0/16'],
      nodePorts: { first: 30_000, last: 32_767 },
    }),
  })
  const clientOf = (user: UserInfo) =>
    createClient({ send: server.handle }, { user, userAgent: user.name, signal })
  const client = clientOf(admin)
  const list = controllers({
    clusterCidrs: ['10.244.0.0/16'],
    rootCertificate: 'certificate',
    signer: createSigner(selfSignedAuthority(tokenKey, 'test')),
    ...options.controllers,
  })
  await bootstrap(client, list)
  const informers = createInformerFactory({ client, clock, random: random.fork('informers') })
  const deadNodes = new Set<string>()
  const run = (controller: Controller, user: UserInfo) => {
    const own = clientOf(user)
    const recorder = (component: string) =>
      createEventRecorder({
        client: own,
        clock,
        random: random.fork(component),
        source: { component },
        signal,
      })
    const world = { client: own, informers, clock, random, log: silentLogger, recorder }
    return runControllers([controller], world, signal)
  }
  const running = [
    informers.run(signal),
    ...list.map((controller) => run(controller, accountOf(controller.name))),
    run(podRunner(deadNodes, options.podsStayUnready ?? false), admin),
    ...(options.nodes ?? []).map((name) => beat(name, { client, clock, deadNodes }, signal)),
  ]
  const cluster: TestCluster = {
    client,
    clientOf,
    clock,
    informers,
    deadNodes,
    create: (resource, object) => client.create(resource, object as never),
    list: async (resource, namespace) =>
      (await client.list(resource, namespace === undefined ? {} : { namespace })).items,
    get: (resource, key) => orNothing(client.get(resource, parseKey(key))),
    until: (what, condition, limitMs = 60_000) => goUntil(clock, what, { condition, limitMs }),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await clock.settle()
      await Promise.allSettled(running)
      await server[Symbol.asyncDispose]()
    },
  }
  await clock.settle()
  return cluster
}

async function bootstrap(client: Client, list: readonly Controller[]): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    await client.create(namespaces, { metadata: { name } })
  }
  const policy = bootstrapPolicy(list)
  const all: readonly (readonly [ResourceRef, readonly KubeObject[]])[] = [
    [clusterRoles, policy.clusterRoles],
    [clusterRoleBindings, policy.clusterRoleBindings],
    [roles, policy.roles],
    [roleBindings, policy.roleBindings],
    [priorityClasses, systemPriorityClasses],
  ]
  for (const [resource, objects] of all) {
    for (const object of objects) {
      await client.create(resource, object as KubeObject & { readonly metadata: ObjectMeta })
    }
  }
}

function accountOf(name: string): UserInfo {
  return {
    name: `system:serviceaccount:kube-system:${name}`,
    groups: [
      'system:serviceaccounts',
      'system:serviceaccounts:kube-system',
      'system:authenticated',
    ],
  }
}

async function goUntil(
  clock: VirtualClock,
  what: string,
  { condition, limitMs }: { readonly condition: () => Promise<boolean>; readonly limitMs: number },
): Promise<void> {
  const untilMs = clock.monotonicMs() + limitMs
  for (;;) {
    await clock.settle()
    if (await condition()) return
    const more = await clock.advanceToNext(untilMs - clock.monotonicMs())
    if (!more) throw new Error(`not within ${limitMs} ms: ${what}`)
  }
}

async function orNothing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

interface NodeWorld {
  readonly client: Client
  readonly clock: VirtualClock
  readonly deadNodes: ReadonlySet<string>
}

/** Registers a node and keeps it alive: a ready status once, then its lease every ten seconds. */
async function beat(
  name: string,
  { client, clock, deadNodes }: NodeWorld,
  signal: AbortSignal,
): Promise<void> {
  const now = () => formatTime(clock.wallMs())
  await client.create(nodes, { metadata: { name, labels: { 'kubernetes.io/hostname': name } } })
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: now(),
    lastTransitionTime: now(),
  }
  await client.patch(
    nodes,
    { name },
    { kind: 'merge', patch: { status: { conditions: [ready], allocatable: { pods: '110' } } } },
    { subresource: 'status' },
  )
  const metadata = { name, namespace: 'kube-node-lease' }
  const spec = () => ({
    holderIdentity: name,
    leaseDurationSeconds: 40,
    renewTime: now().replace('Z', '.000000Z'),
  })
  await client.create(leases, { metadata, spec: spec() })
  while (!signal.aborted) {
    try {
      await clock.sleep(10_000, signal)
    } catch {
      return
    }
    if (deadNodes.has(name)) continue
    await client.patch(leases, metadata, { kind: 'merge', patch: { spec: spec() } })
  }
}

/** Places pods on the least used living node, runs them at once, and ends them when they are deleted. */
function podRunner(deadNodes: ReadonlySet<string>, staysUnready: boolean): Controller {
  let address = 0
  return {
    name: 'pod-runner',
    workers: 1,
    permissions: [],
    start({ informers, clock }) {
      const cache = { pods: informers.informer(pods), nodes: informers.informer(nodes) }
      const place = (only: string | undefined): string | undefined =>
        cache.nodes
          .list()
          .filter(({ metadata, spec }) => !deadNodes.has(metadata.name) && !spec?.unschedulable)
          .filter(({ metadata }) => only === undefined || metadata.name === only)
          .map(({ metadata: { name } }) => ({
            name,
            used: cache.pods.list().filter(({ spec }) => spec?.nodeName === name).length,
          }))
          .toSorted((a, b) => a.used - b.used)[0]?.name
      return {
        watches: [
          watching(pods, (pod) => [keyOf(pod)]),
          watching(nodes, () =>
            cache.pods
              .list()
              .filter(({ spec }) => !spec?.nodeName)
              .map(keyOf),
          ),
        ],
        async reconcile(key, { client }) {
          const pod = await orNothing(client.get(pods, parseKey(key)))
          const nodeName = pod?.spec?.nodeName
          if (!pod || (nodeName && deadNodes.has(nodeName))) return undefined
          if (!nodeName) {
            const name = pod.metadata.deletionTimestamp ? undefined : place(chosenNode(pod))
            if (name === undefined) return undefined
            const target = { apiVersion: 'v1', kind: 'Node', name }
            const binding = { apiVersion: 'v1', kind: 'Binding', metadata: pod.metadata, target }
            await client.createSubresource(pods, pod.metadata, 'binding', binding as KubeObject)
            return undefined
          }
          if (pod.metadata.deletionTimestamp) {
            await client.delete(pods, pod.metadata, { gracePeriodSeconds: 0 })
            return undefined
          }
          if (pod.status?.phase !== 'Pending') return undefined
          const ip = `10.244.0.${++address}`
          const since = formatTime(clock.wallMs())
          const ready = {
            type: 'Ready',
            status: staysUnready ? 'False' : 'True',
            lastTransitionTime: since,
          }
          const status = {
            phase: 'Running',
            podIP: ip,
            podIPs: [{ ip }],
            startTime: since,
            conditions: [ready],
          }
          await client.patch(
            pods,
            pod.metadata,
            { kind: 'merge', patch: { status } },
            { subresource: 'status' },
          )
          return undefined
        },
      }
    },
  }
}

/** The one node that a daemon's affinity names. */
function chosenNode({ spec }: Stored<Pod>): string | undefined {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0]
}
