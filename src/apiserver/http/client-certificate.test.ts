import assert from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { silentLogger, systemClock } from '#lib'
import type { ApiRequest } from '#machinery'
import { makeTestCertificates, type TestCertificates } from './certificates-fixture.ts'
import { type HttpsServer, serveHttps } from './serve-https.ts'

let clients: TestCertificates
let proxies: TestCertificates
let strangers: TestCertificates

before(async () => {
  clients = await makeTestCertificates()
  proxies = await makeTestCertificates([], 'proxy authority')
  strangers = await makeTestCertificates([], 'proxy authority')
})

type Proof = Pick<ApiRequest, 'clientCertificate' | 'frontProxyCertificate' | 'headerValues'>

/** Serves what it has learned of a client. */
function serve(authorities: { readonly client: string; readonly proxy: string }) {
  return serveHttps({
    handler: async ({ clientCertificate, frontProxyCertificate, headerValues }) => {
      const bytes = Buffer.from(
        JSON.stringify({ clientCertificate, frontProxyCertificate, headerValues }),
      )
      return { status: 200, headers: {}, body: { kind: 'bytes', contentType: 'text/plain', bytes } }
    },
    tls: {
      ...clients.server,
      clientAuthorities: authorities.client,
      frontProxyAuthorities: authorities.proxy,
    },
    ...{ address: '127.0.0.1', port: 0, clock: systemClock, log: silentLogger },
  })
}

type KeyPair = TestCertificates['client']

async function ask({ port }: HttpsServer, { certificate: cert, key }: KeyPair): Promise<Proof> {
  const reached = { host: '127.0.0.1', port, ca: clients.authority, cert, key, path: '/' }
  // A name of its own connection each time: what is known of one is not taken for another.
  const headers = { 'x-remote-group': ['a,b', 'c'] }
  const answer = await new Promise<string>((resolve, reject) => {
    const request = httpsRequest({ ...reached, headers, agent: false }, (response) => {
      text(response).then(resolve, reject)
    })
    request.on('error', reject).end()
  })
  return JSON.parse(answer) as Proof
}

async function askHttp2({ port }: HttpsServer, pair: KeyPair): Promise<Proof> {
  const { certificate: cert, key } = pair
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: clients.authority, cert, key })
  try {
    return JSON.parse(await text(session.request({ ':path': '/' }))) as Proof
  } finally {
    session.close()
  }
}

const alice = { commonName: 'alice', organizations: ['team-a', 'team-b'] }

test('a certificate proves what its own authority is for, and nothing else', async () => {
  await using server = await serve({ client: clients.authority, proxy: proxies.authority })
  for (const asking of [ask, askHttp2]) {
    const { headerValues: _, ...client } = await asking(server, clients.client)
    assert.deepEqual(client, { clientCertificate: alice }, `${asking.name}: a client`)
    const { headerValues: __, ...proxy } = await asking(server, proxies.client)
    assert.deepEqual(proxy, { frontProxyCertificate: { commonName: 'alice' } }, 'a proxy')
    const { headerValues: ___, ...stranger } = await asking(server, strangers.client)
    assert.deepEqual(stranger, {}, 'an authority of the same name')
  }
})

test('one authority may be for both, and one of several in a file is as good as alone', async () => {
  const both = `${strangers.authority}\n${clients.authority}`
  await using server = await serve({ client: clients.authority, proxy: both })
  const proof = await ask(server, clients.client)
  assert.deepEqual(proof, {
    clientCertificate: alice,
    frontProxyCertificate: { commonName: 'alice' },
    headerValues: { 'x-remote-group': ['a,b', 'c'] },
  })
})
