import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noDescriptions } from '#api'
import { serveHttps } from '#apiserver'
import { type ByteStream, silentLogger, systemClock, systemRandom } from '#lib'
import type { NodeApi } from '#machinery'
import { createMemoryStore } from '#store'
import { createControlPlane } from '../../src/cluster/control-plane/control-plane.ts'
import { createAuthority, issue } from '../../src/cluster/pki/certificates.ts'
import { kubeconfig } from '../../src/cluster/pki/kubeconfig.ts'
import { ensurePki } from '../../src/cluster/pki/pki.ts'
import { startExtensionServer } from '../fixture/extension-server.ts'
import { command, eventually, must } from '../fixture/real-cluster.ts'
import { testTools } from '../fixture/tools.ts'

/** A node that carries connections to one port of this machine, whatever address they are for. */
function nodeTo(port: number): NodeApi {
  return {
    connect: async (): Promise<ByteStream> => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => socket.destroy())
      return {
        input: {
          write: (bytes) =>
            new Promise((resolve, reject) =>
              socket.write(bytes, (error) => (error ? reject(error) : resolve())),
            ),
          end: () => void socket.end(),
        },
        output: socket,
        close: () => void socket.destroy(),
      }
    },
  } as Partial<NodeApi> as NodeApi
}

const manifest = (caBundle: string) => `
apiVersion: v1
kind: Service
metadata: {name: toys, namespace: default}
spec: {ports: [{name: https, port: 443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: toys, namespace: default, labels: {kubernetes.io/service-name: toys}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.1], nodeName: host}]
ports: [{name: https, port: 8443, protocol: TCP}]
---
${apiService(caBundle)}`

const apiService = (caBundle: string) => `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.toys.example.com}
spec:
  group: toys.example.com
  version: v1
  service: {namespace: default, name: toys}
  caBundle: ${caBundle}
  groupPriorityMinimum: 100
  versionPriority: 10
`

async function startWorld() {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-aggregation-'))
  const pki = await ensurePki({
    directory: join(directory, 'pki'),
    serverHosts: ['127.0.0.1'],
    clock: systemClock,
  })
  const authority = await createAuthority('toy-makers', systemClock)
  const toys = await startExtensionServer({
    ...(await issue(
      authority,
      { commonName: 'toys', hosts: ['toys.default.svc'], usages: ['server'] },
      systemClock,
    )),
    frontProxyAuthority: pki.frontProxy.authority,
  })
  const stop = new AbortController()
  const store = createMemoryStore({ clock: systemClock })
  const plane = await createControlPlane(
    {
      ...{ store, clock: systemClock, random: systemRandom, log: silentLogger },
      tokenKey: pki.serviceAccountKey,
      rootCertificate: pki.authority.certificate,
      authority: pki.authority,
      frontProxy: pki.frontProxy,
      descriptions: noDescriptions,
      version: 'v1.36.0+knarr',
      podCidr: '10.244.0.0/16',
      serviceCidr: '10.96.0.0/12',
      clusterDomain: 'cluster.local',
      nodeMonitorPeriodMs: 5000,
      nodeMonitorGracePeriodMs: 40_000,
    },
    stop.signal,
  )
  plane.connectNode('host', nodeTo(toys.port), () => true)
  const running = plane.run(stop.signal).catch(() => undefined)
  const server = await serveHttps({
    handler: plane.server.handle,
    connectHandler: plane.server.connect,
    tls: {
      key: pki.server.key,
      certificate: pki.server.certificate,
      clientAuthorities: pki.authority.certificate,
    },
    address: '127.0.0.1',
    port: 0,
    limits: { drainMs: 200 },
    clock: systemClock,
    log: silentLogger,
  })
  const config = join(directory, 'kubeconfig')
  const url = `https://127.0.0.1:${server.port}`
  writeFileSync(
    config,
    kubeconfig({
      server: url,
      authority: pki.authority.certificate,
      client: pki.admin,
      name: 'aggregation',
    }),
  )
  const env = { ...process.env, KUBECONFIG: config, HOME: directory }
  const tryKubectl = (args: readonly string[], input?: string) =>
    command(testTools().kubectl, args, { env, input })
  return {
    ...{ toys, pki, url, tryKubectl },
    bundle: Buffer.from(authority.certificate).toString('base64'),
    kubectl: async (...args: readonly string[]) => must(await tryKubectl(args)),
    apply: async (text: string) => must(await tryKubectl(['apply', '-f', '-'], text)),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await server[Symbol.asyncDispose]()
      await plane[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await toys[Symbol.asyncDispose]()
      await running
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

test('an APIService adds what another server serves, for kubectl as if it were one', async () => {
  await using world = await startWorld()
  const { kubectl, tryKubectl, apply, toys, bundle } = world
  const column = () => kubectl('get', 'apiservice', 'v1.toys.example.com', '--no-headers')
  const available = (text: string) =>
    eventually(async () => (await column()).includes(text), 20_000)

  await apply(apiService(bundle))
  await available('False (ServiceNotFound)')
  const refused = await tryKubectl(['get', '--raw', '/apis/toys.example.com/v1'])
  assert.match(
    refused.stderr,
    /the server is currently unable to handle the request|service unavailable/,
  )
  assert.match(await kubectl('get', 'apiservices'), /v1\.apps +Local +True/)

  await apply(manifest(bundle))
  await available('default/toys   True')
  const discovered = await kubectl('api-resources', '--api-group=toys.example.com', '--no-headers')
  assert.match(discovered, /^toys +ty +toys\.example\.com\/v1 +true +Toy\s*$/)

  const toy =
    'apiVersion: toys.example.com/v1\nkind: Toy\nmetadata: {name: bear}\nspec: {colour: brown}\n'
  must(await tryKubectl(['create', '-f', '-'], toy))
  assert.match(await kubectl('get', 'ty'), /bear/)
  assert.match(await kubectl('get', 'toy', 'bear', '-o', 'yaml'), /colour: brown/)
  assert.match(await kubectl('explain', 'toys.spec'), /colour/)
  const own = await kubectl('get', 'toys', '--as', 'jane', '--as-group', 'system:masters')
  assert.match(own, /bear/)
  const last = toys.seen.findLast(({ line }) =>
    line.startsWith('GET /apis/toys.example.com/v1/namespaces'),
  )
  assert.equal(last?.caller, 'front-proxy-client')
  assert.equal(last?.headers['x-remote-user'], 'jane')
  assert.equal(last?.headers['x-remote-group'], 'system:masters, system:authenticated')
  assert.equal(last?.headers['impersonate-user'], undefined)
  const stranger = await tryKubectl(['get', 'toys', '--as', 'nobody'])
  assert.match(stranger.stderr, /forbidden: User "nobody" cannot list resource "toys"/)
  const v2 = JSON.parse(await kubectl('get', '--raw', '/openapi/v2'))
  assert.ok(v2.definitions['com.example.toys.v1.Toy'])
  assert.ok(v2.definitions['io.k8s.api.core.v1.Pod'])

  await apply(apiService(Buffer.from(world.pki.authority.certificate).toString('base64')))
  await available('False (FailedDiscoveryCheck)')
  assert.match(
    (await tryKubectl(['get', 'toys'])).stderr,
    /unable to handle the request|unavailable/,
  )
  await apply(apiService(bundle))
  await available('default/toys   True')

  await kubectl('delete', 'apiservice', 'v1.toys.example.com')
  const gone = await tryKubectl(['get', '--raw', '/apis/toys.example.com/v1'])
  assert.match(gone.stderr, /the server could not find the requested resource/)
})

test('a watch goes on through it, and so does what leaves HTTP', async () => {
  await using world = await startWorld()
  const { kubectl, apply, bundle, url, pki, tryKubectl } = world
  await apply(manifest(bundle))
  const column = () => kubectl('get', 'apiservice', 'v1.toys.example.com', '--no-headers')
  await eventually(async () => (await column()).includes('  True'), 20_000)
  const tls = { ca: pki.authority.certificate, cert: pki.admin.certificate, key: pki.admin.key }
  const toysPath = '/apis/toys.example.com/v1/namespaces/default/toys'

  const lines: string[] = []
  const watching = request(`${url}${toysPath}?watch=true`, tls, (response) => {
    response.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  })
  watching.on('error', () => undefined)
  watching.end()
  const toy = 'apiVersion: toys.example.com/v1\nkind: Toy\nmetadata: {name: car}\n'
  must(await tryKubectl(['create', '-f', '-'], toy))
  await eventually(async () => lines.join('').includes('"name":"car"'), 10_000)
  watching.destroy()

  const echoed = await new Promise<string>((resolve, reject) => {
    const upgrade = request(`${url}${toysPath}/car/play`, {
      ...tls,
      headers: { connection: 'Upgrade', upgrade: 'play' },
    })
    upgrade.on('error', reject)
    upgrade.on('response', ({ statusCode }) => reject(new Error(`${statusCode}`)))
    upgrade.on('upgrade', (_response, socket) => {
      socket.on('data', (chunk: Buffer) => {
        resolve(chunk.toString())
        socket.destroy()
      })
      socket.write('hello')
    })
    upgrade.end()
  })
  assert.equal(echoed, 'hello')
})
