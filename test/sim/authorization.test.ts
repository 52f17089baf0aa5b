import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { makeTestCertificates } from '../../src/apiserver/http/certificates-fixture.ts'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

const directory = mkdtempSync(join(tmpdir(), 'knarr-authorization-'))
const asked: string[] = []
let hook: ReturnType<typeof createServer>
let cluster: ServedSimulation

/** A webhook over HTTPS that wants a certificate; jane may read ConfigMaps, and joe nothing at all. */
before(async () => {
  const { authority, server, client } = await makeTestCertificates()
  const tls = { key: server.key, cert: server.certificate, ca: authority, requestCert: true }
  hook = createServer(tls, async (request, response) => {
    const { spec } = JSON.parse(await text(request))
    // Cast: the server speaks TLS.
    const by = (request.socket as TLSSocket).getPeerCertificate().subject.CN
    const { verb, resource } = spec.resourceAttributes
    asked.push(`${by}: ${spec.user} ${verb} ${resource}`)
    const allowed = spec.user === 'jane' && resource === 'configmaps' && verb === 'list'
    const denied = spec.user === 'joe'
    const status = { allowed, denied, ...(denied && { reason: 'joe has left' }) }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ status }))
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(hook.address() as AddressInfo).port}/authorize`
  const data = (pem: string) => Buffer.from(pem).toString('base64')
  const kubeConfigFile = join(directory, 'hook.kubeconfig')
  const user = {
    'client-certificate-data': data(client.certificate),
    'client-key-data': data(client.key),
  }
  const kubeconfig = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [
      { name: 'k', cluster: { server: url, 'certificate-authority-data': data(authority) } },
    ],
    users: [{ name: 'u', user }],
  }
  writeFileSync(kubeConfigFile, JSON.stringify(kubeconfig))
  const webhook = {
    ...{ timeout: '5s', subjectAccessReviewVersion: 'v1', failurePolicy: 'Deny' },
    matchConditionSubjectAccessReviewVersion: 'v1',
    matchConditions: [
      { expression: 'has(request.resourceAttributes)' },
      { expression: "request.user in ['jane', 'joe']" },
    ],
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile },
  }
  const file = join(directory, 'authorization.yaml')
  const authorizers = [
    { type: 'Webhook', name: 'hook', webhook },
    { type: 'Node', name: 'node' },
    { type: 'RBAC', name: 'rbac' },
  ]
  const kind = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration' }
  writeFileSync(file, JSON.stringify({ ...kind, authorizers }))
  cluster = await startServedSimulation('--nodes', '1', '--authorization-config', file)
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
  hook?.close()
  rmSync(directory, { recursive: true, force: true })
})

test('kubectl may do what a webhook or RBAC allows, unless the webhook denies it', async () => {
  await cluster.kubectl('create', 'clusterrolebinding', 'r', '--clusterrole=view', '--user=joe')
  await cluster.kubectl('create', 'clusterrolebinding', 'j', '--clusterrole=view', '--user=ann')
  const jane = await cluster.tryKubectl(['--as', 'jane', 'get', 'configmaps'])
  assert.equal(jane.code, 0, jane.stderr)
  const pods = await cluster.tryKubectl(['--as', 'jane', 'get', 'pods'])
  assert.match(pods.stderr, /User "jane" cannot list resource "pods"/)
  assert.equal((await cluster.tryKubectl(['--as', 'ann', 'get', 'pods'])).code, 0)
  const joe = await cluster.tryKubectl(['--as', 'joe', 'get', 'pods'])
  assert.match(joe.stderr, /User "joe" cannot list resource "pods".*: joe has left/)
  assert.deepEqual(asked, [
    'alice: jane list configmaps',
    'alice: jane list pods',
    'alice: joe list pods',
  ])
})

test('kubectl auth can-i asks the webhook as well', async () => {
  const can = (...args: readonly string[]) => cluster.tryKubectl(['auth', 'can-i', ...args])
  assert.equal((await can('list', 'configmaps', '--as', 'jane')).stdout.trim(), 'yes')
  assert.match((await can('list', 'pods', '--as', 'jane')).stdout, /^no/)
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: 'joe', resourceAttributes: { verb: 'list', resource: 'pods' } },
  }
  const args = ['create', '-o', 'json', '-f', '-']
  const { stdout } = await cluster.tryKubectl(args, JSON.stringify(review))
  const denied = { allowed: false, denied: true, reason: 'joe has left' }
  assert.deepEqual(JSON.parse(stdout).status, denied)
  const listed = await can('--list', '--as', 'jane')
  assert.match(listed.stderr, /webhook authorizer does not support user rule resolution/)
})
