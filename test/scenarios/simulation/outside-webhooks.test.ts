import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type ConfigMap, configMaps } from '#api'
import type { Stored } from '#machinery'
import { type Simulation, simulate } from '#testing'
import { makeTestCertificates } from '../../../src/apiserver/http/certificates-fixture.ts'

interface Endpoint extends AsyncDisposable {
  readonly url: string
  readonly caBundle: string
  readonly calls: { count: number }
}

/** A webhook outside of the simulation: it numbers what it is asked about, and takes its time. */
async function startEndpoint(): Promise<Endpoint> {
  const { authority, server: own } = await makeTestCertificates()
  const calls = { count: 0 }
  const server: Server = createServer(
    { cert: own.certificate, key: own.key },
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { apiVersion, kind, request: asked } = JSON.parse(Buffer.concat(chunks).toString())
        calls.count += 1
        const value = String(calls.count)
        const patch = Buffer.from(
          JSON.stringify([{ op: 'add', path: '/data', value: { call: value } }]),
        )
        const answer = { uid: asked.uid, allowed: true, patchType: 'JSONPatch' }
        response.setHeader('content-type', 'application/json')
        const body = { apiVersion, kind, response: { ...answer, patch: patch.toString('base64') } }
        setImmediate(() => response.end(JSON.stringify(body)))
      })
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Cast: it listens at a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}/maps`,
    caBundle: Buffer.from(authority).toString('base64'),
    calls,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const configuration = ({ url, caBundle }: Pick<Endpoint, 'url' | 'caBundle'>) => `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: maps}
webhooks:
- name: maps.example.com
  clientConfig: {url: '${url}', caBundle: ${caBundle}}
  rules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [configmaps]}]
  sideEffects: None
  admissionReviewVersions: [v1]
`
const map = (name: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: default}
`
const callOf = (cluster: Simulation, name: string) =>
  cluster
    .list<ConfigMap>(configMaps, 'default')
    .find(({ metadata }: Stored) => metadata.name === name)?.data?.call

test('a webhook outside is asked once, while time stands, and a replay has its answers', async () => {
  await using endpoint = await startEndpoint()
  await using cluster = await simulate({ nodes: 1 })
  await cluster.apply(configuration(endpoint))
  await cluster.advance('10s')
  const before = cluster.elapsedMs
  await cluster.apply(map('a'))
  assert.ok(cluster.elapsedMs - before <= 50)
  await cluster.apply(map('b'))
  assert.deepEqual([callOf(cluster, 'a'), callOf(cluster, 'b')], ['1', '2'])
  await cluster.advance('1m')
  await endpoint[Symbol.asyncDispose]()
  await using fork = await cluster.fork()
  assert.deepEqual([callOf(fork, 'a'), callOf(fork, 'b')], ['1', '2'])
  assert.equal(endpoint.calls.count, 2)
  assert.equal(fork.log.hash(), cluster.log.hash())
})

test('a webhook outside that is not there refuses, and a replay knows that too', async () => {
  await using endpoint = await startEndpoint()
  await endpoint[Symbol.asyncDispose]()
  await using cluster = await simulate({ nodes: 1 })
  await cluster.apply(configuration(endpoint))
  const { host } = new URL(endpoint.url)
  await assert.rejects(cluster.apply(map('a')), {
    message: new RegExp(
      `failed calling webhook "maps.example.com": failed to call webhook: Post "${endpoint.url}\\?timeout=10s": dial tcp ${host}: connect: connection refused`,
    ),
  })
  await using fork = await cluster.fork()
  assert.equal(fork.log.hash(), cluster.log.hash())
})

test('the certificate of a webhook outside is checked', async () => {
  await using endpoint = await startEndpoint()
  const { authority } = await makeTestCertificates()
  const caBundle = Buffer.from(authority).toString('base64')
  await using cluster = await simulate({ nodes: 1 })
  await cluster.apply(configuration({ ...endpoint, caBundle }))
  await assert.rejects(cluster.apply(map('a')), {
    message: /tls: failed to verify certificate: x509: certificate signed by unknown authority/,
  })
  await cluster.apply(
    configuration({ ...endpoint, url: endpoint.url.replace('127.0.0.1', 'localhost') }),
  )
  await assert.rejects(cluster.apply(map('a')), { message: /x509: certificate/ })
  assert.equal(endpoint.calls.count, 0)
})
