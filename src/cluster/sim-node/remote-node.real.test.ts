import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isNodeReady, noDescriptions, nodes, pods, serviceAccounts } from '#api'
import { type Client, createClient, createHttpsTransport } from '#client'
import { seededRandom, silentLogger, systemClock, systemRandom } from '#lib'
import type { ApiRequest, NodeApi } from '#machinery'
import { serviceUnavailable } from '#machinery/status'
import { createFabric, createImageWorld } from '#sim'
import { createMemoryStore } from '#store'
import { type ControlPlane, createControlPlane } from '../control-plane/control-plane.ts'
import { registrationIn } from '../control-plane/node-registration.ts'
import { issue, type KeyPair, type LeafRequest } from '../pki/certificates.ts'
import { ensurePki, type Pki } from '../pki/pki.ts'
import { serveApi } from '../serving/serving.ts'
import type { FromRemoteNode, RemoteNodeOptions, ToRemoteNode } from './remote-node-fixture.ts'
import { createSimNode } from './sim-node.ts'

/** One node in the control plane's process, and one in a process of its own, which has only HTTPS. */
const near = 'near'
const far = 'far'

describe('nodes in the process of the control plane and beyond HTTPS', () => {
  const stop = new AbortController()
  const world = new AsyncDisposableStack()
  let admin: Client

  before(async () => {
    const cluster = await startCluster(world, stop.signal)
    admin = cluster.admin
    startNear(cluster.plane, stop.signal)
    await startFar(cluster, world)
    const account = { namespace: 'default', name: 'default' }
    await until(() =>
      admin.get(serviceAccounts, account).then(
        () => true,
        () => false,
      ),
    )
  })
  after(async () => {
    stop.abort()
    await world.disposeAsync()
  })

  for (const name of [near, far]) {
    test(`the node ${name} becomes Ready, runs a pod and gives its logs`, async () => {
      await until(async () => {
        const { items } = await admin.list(nodes)
        return items.some((node) => node.metadata.name === name && isNodeReady(node))
      })
      await admin.create(pods, podOn(name))
      await until(async () => {
        const pod = await admin.get(pods, { namespace: 'default', name: `on-${name}` })
        return pod.status?.phase === 'Succeeded'
      })
      const logs = await get(admin, `/api/v1/namespaces/default/pods/on-${name}/log`)
      assert.equal(logs, `hello from ${name}\n`)
    })

    test(`the writes of the node ${name} tell their causes`, async () => {
      const query = { resource: 'pods', namespace: 'default', name: `on-${name}` }
      const why = await get(admin, '/knarr/v1/why', query)
      const wrote = `kubelet/${name} wrote pods/status default/on-${name}`
      assert.ok(why.includes(wrote), why)
      assert.match(why, /because it saw: /)
      assert.match(why, /scheduler wrote pods default/)
      assert.ok(!why.includes('system:node:'), why)
    })
  }
})

interface Cluster {
  readonly plane: ControlPlane
  readonly pki: Pki
  readonly server: string
  readonly admin: Client
}

async function startCluster(world: AsyncDisposableStack, signal: AbortSignal): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-nodes-'))
  world.defer(() => rmSync(directory, { recursive: true, force: true }))
  const clock = systemClock
  const pki = await ensurePki({ directory, serverHosts: ['127.0.0.1'], clock })
  const store = world.use(createMemoryStore({ clock }))
  const networks = {
    podCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/12',
    clusterDomain: 'cluster.local',
    families: ['IPv4'],
  }
  const plane = world.use(
    await createControlPlane(
      {
        ...networks,
        store,
        clock,
        random: systemRandom,
        log: silentLogger,
        tokenKey: pki.serviceAccountKey,
        rootCertificate: pki.authority.certificate,
        authority: pki.authority,
        descriptions: noDescriptions,
        version: 'v1.36.0',
        nodeMonitorPeriodMs: 5_000,
        nodeMonitorGracePeriodMs: 50_000,
      },
      signal,
    ),
  )
  const listening = { dataDir: directory, address: '127.0.0.1', port: 0, tlsSans: [], ...networks }
  const { port } = world.use(await serveApi(plane.server, listening, pki, silentLogger))
  const running = plane.run(signal)
  world.defer(() => running)
  const server = `https://127.0.0.1:${port}`
  const transport = world.use(
    createHttpsTransport({
      server,
      certificateAuthority: pki.authority.certificate,
      clientCertificate: pki.admin.certificate,
      clientKey: pki.admin.key,
    }),
  )
  return { plane, pki, server, admin: createClient(transport, { userAgent: 'test' }) }
}

function startNear(plane: ControlPlane, signal: AbortSignal): void {
  const node = createSimNode(
    {
      register: (name) => registrationIn(plane, name),
      clock: systemClock,
      random: seededRandom(near),
      log: silentLogger,
      fabric: createFabric(),
      images: createImageWorld({ clock: systemClock }),
      behaviours: undefined,
      clusterDomain: 'cluster.local',
      families: ['IPv4'],
      dns: { addresses: [], isOwn: false },
    },
    { name: near },
    0,
  )
  void node.run(signal)
}

/** Starts the process, and makes known to the API server what reaches that node. */
async function startFar({ plane, pki, server }: Cluster, world: AsyncDisposableStack) {
  const path = fileURLToPath(new URL('remote-node-fixture.ts', import.meta.url))
  const child = fork(path, { execArgv: ['--disable-warning=ExperimentalWarning'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  world.defer(() => {
    child.kill()
    return ended
  })
  const answers = new Map<number, (text: string) => void>()
  child.on('message', (message: FromRemoteNode) => {
    if (message.kind === 'failed') throw new Error(message.message)
    answers.get(message.id)?.(message.text)
  })
  const send = (message: ToRemoteNode) => child.send(message)
  const certify = (request: Omit<LeafRequest, 'usages'>): Promise<KeyPair> =>
    issue(pki.authority, { ...request, usages: ['client'] }, systemClock)
  const options: RemoteNodeOptions = {
    name: far,
    server,
    certificateAuthority: pki.authority.certificate,
    kubelet: await certify({ commonName: `system:node:${far}`, organizations: ['system:nodes'] }),
    proxy: await certify({ commonName: 'system:kube-proxy' }),
  }
  send({ kind: 'start', options })
  let asked = 0
  const refuse = async () => {
    throw serviceUnavailable('only logs are carried to that process')
  }
  const api: NodeApi = {
    async *logs(address, logOptions) {
      const id = asked++
      const text = new Promise<string>((resolve) => answers.set(id, resolve))
      send({ kind: 'logs', id, address, options: logOptions })
      yield Buffer.from(await text)
    },
    exec: refuse,
    attach: refuse,
    portForward: refuse,
    connect: refuse,
    request: refuse,
    stats: refuse,
  }
  world.use(plane.connectNode(far, api, () => child.connected))
}

function podOn(node: string) {
  return {
    metadata: { name: `on-${node}`, namespace: 'default' },
    spec: {
      restartPolicy: 'Never',
      nodeSelector: { 'kubernetes.io/hostname': node },
      containers: [
        { name: 'main', image: 'busybox', command: ['sh', '-c', `echo hello from ${node}`] },
      ],
    },
  }
}

/** The text that a GET answers. */
async function get(
  { transport }: Client,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<string> {
  const request: ApiRequest = {
    method: 'GET',
    path,
    query: new URLSearchParams(query),
    headers: {},
  }
  const { status, body } = await transport.send(request, AbortSignal.timeout(10_000))
  assert.ok(body.kind === 'bytes', `${path}: ${status} ${body.kind}`)
  return Buffer.from(body.bytes).toString()
}

const limitMs = 30_000

/** Asks again until it holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const untilMs = systemClock.monotonicMs() + limitMs
  while (!(await holds())) {
    assert.ok(systemClock.monotonicMs() < untilMs, `not within ${limitMs} ms: ${holds}`)
    await systemClock.sleep(50)
  }
}
