import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { makeTestCertificates } from '../../src/apiserver/http/certificates-fixture.ts'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

const directory = mkdtempSync(join(tmpdir(), 'knarr-proxy-'))
const certificates = await makeTestCertificates([], 'proxies')
let cluster: ServedSimulation

before(async () => {
  const file = join(directory, 'ca.pem')
  writeFileSync(file, certificates.authority)
  const names = ['--requestheader-allowed-names', 'alice']
  cluster = await startServedSimulation('--requestheader-client-ca-file', file, ...names)
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

/** Who a proxy's request is made as, as the server sees it. */
async function whoAmI(headers: Readonly<Record<string, string | readonly string[]>>) {
  const { dataDir } = cluster
  const kubeconfig = readFileSync(join(dataDir, 'kubeconfig'), 'utf8')
  const { port } = new URL(/server: (\S+)/.exec(kubeconfig)?.[1] ?? '')
  const body = JSON.stringify({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
  })
  const answer = await new Promise<string>((resolve, reject) => {
    const request = httpsRequest(
      {
        ...{ host: '127.0.0.1', port, method: 'POST' },
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        ca: readFileSync(join(dataDir, 'pki/ca.crt')),
        cert: certificates.client.certificate,
        key: certificates.client.key,
        headers: { 'content-type': 'application/json', ...(headers as object) },
      },
      (response) => void text(response).then(resolve, reject),
    )
    request.on('error', reject).end(body)
  })
  return JSON.parse(answer)
}

test('a proxy with a certificate of its authority asks as whomever it names', async () => {
  const { status } = await whoAmI({
    'X-Remote-User': 'jane',
    'X-Remote-Group': ['devs', 'a,b'],
    'X-Remote-Extra-Scopes': 'view',
  })
  assert.deepEqual(status.userInfo, {
    username: 'jane',
    groups: ['devs', 'a,b', 'system:authenticated'],
    extra: { scopes: ['view'] },
  })
})

test('its certificate alone makes it nobody', async () => {
  const { code, reason } = await whoAmI({})
  assert.deepEqual([code, reason], [401, 'Unauthorized'])
})

test('servers behind APIServices are told of it', async () => {
  const map = ['get', 'configmap', '-n', 'kube-system', 'extension-apiserver-authentication']
  const { data } = JSON.parse(await cluster.kubectl(...map, '-o', 'json'))
  assert.equal(data['requestheader-allowed-names'], '["alice"]')
  assert.equal(data['requestheader-client-ca-file'].trim(), certificates.authority.trim())
  assert.equal(data['requestheader-username-headers'], '["X-Remote-User"]')
})
