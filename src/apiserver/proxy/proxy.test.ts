import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import { describe, test } from 'node:test'
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
} from 'node:zlib'
import type { ByteStream, StreamSession } from '#lib'
import type { ApiResponse, NodeApi } from '#machinery'
import { serviceUnavailable } from '#machinery/status'
import type { Authorizer } from '../authz/authorizer.ts'
import type { Connection } from '../request/connection.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../server-fixture.ts'

const core = '/api/v1/namespaces/default'

const page = '<html><a href="/rewriteme">ä</a> <a href="rel">b</a></html>'

/** The page below `/page`, in the encoding that the path names. */
const pages: Readonly<Record<string, () => Uint8Array>> = {
  '': () => Buffer.from(page),
  gzip: () => gzipSync(page),
  deflate: () => deflateRawSync(page),
  br: () => brotliCompressSync(page),
}

/** Answers with what it was asked, redirects from `/old`, and has a page. */
const backend = createServer((request, response) => {
  if (request.url?.startsWith('/page')) {
    const encoding = request.url.split('/')[2] ?? ''
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('access-control-allow-origin', '*')
    if (encoding !== '') response.setHeader('content-encoding', encoding)
    response.end(pages[encoding]?.())
    return
  }
  const parts: Buffer[] = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    if (request.url === '/old') response.writeHead(302, { location: '/new?x=1' })
    const { host, authorization, 'x-forwarded-uri': uri } = request.headers
    const seen = { method: request.method, url: request.url, host, authorization, uri }
    response.end(JSON.stringify({ ...seen, body: Buffer.concat(parts).toString() }))
  })
})

/** Speaks `shout` on connections that leave HTTP: what it is sent, in capitals. */
backend.on('upgrade', (request, socket, head) => {
  if (request.headers.upgrade !== 'shout') {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\nX-Why: taste\r\n\r\nno whisper')
    return
  }
  const { host, authorization, connection, 'x-forwarded-for': client } = request.headers
  const seen = JSON.stringify({ url: request.url, host, authorization, connection, client })
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: shout\r\nConnection: Upgrade\r\n`)
  socket.write(`X-Seen: ${seen}\r\n\r\nHELLO `)
  const shout = (bytes: Buffer) => void socket.write(bytes.toString().toUpperCase())
  if (head.length > 0) shout(head)
  socket.on('data', shout)
  socket.on('end', () => socket.end())
})

function node(asked: string[]): NodeApi {
  return {
    async *logs() {},
    exec: async () => ({}) as StreamSession,
    attach: async () => ({}) as StreamSession,
    portForward: async () => ({}) as ByteStream,
    async connect({ host, port }) {
      asked.push(`${host}:${port}`)
      if (port === 9) {
        throw serviceUnavailable('error trying to reach service: dial tcp 10.0.0.7:9: refused')
      }
      const [near, far] = duplexPair()
      backend.emit('connection', far)
      return {
        input: {
          write: (bytes) => new Promise((done) => near.write(bytes, () => done())),
          end: () => void near.end(),
        },
        output: near,
        // Of the servers behind it, the one on 443 speaks as those of a simulation do.
        ...(port === 443 && { withoutTls: true }),
        close: () => void near.destroy(),
      }
    },
    async request(path) {
      const body = Buffer.from(`kubelet ${path}`)
      return { status: 200, contentType: 'text/plain', body }
    },
    stats: async () => ({}),
  }
}

async function serverWith(asked: string[], options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer({ nodes: async () => node(asked), ...options })
  await server.send('POST', '/api/v1/nodes', { metadata: { name: 'n1' } })
  const containers = [{ name: 'c', image: 'i', ports: [{ containerPort: 8080 }] }]
  const spec = { nodeName: 'n1', containers }
  await server.send('POST', `${core}/pods`, { metadata: { name: 'web' }, spec })
  await server.send('PUT', `${core}/pods/web/status`, {
    metadata: { name: 'web' },
    status: { podIP: '10.0.0.7', podIPs: [{ ip: '10.0.0.7' }] },
  })
  const targetRef = { kind: 'Pod', namespace: 'default', name: 'web' }
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }]
  await server.send('POST', `${core}/services`, { metadata: { name: 'web' }, spec: { ports } })
  await server.send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [
      { addresses: ['10.0.0.6'], nodeName: 'n1', conditions: { ready: false } },
      { addresses: ['10.0.0.7'], nodeName: 'n1', conditions: { ready: true }, targetRef },
      // Of no pod: written by somebody who wants the server to dial it.
      { addresses: ['10.0.0.8'], nodeName: 'n1', conditions: { ready: true } },
    ],
  })
  return server
}

async function said({ body }: ApiResponse): Promise<Record<string, string>> {
  assert(body.kind === 'stream')
  return JSON.parse(Buffer.concat(await Array.fromAsync(body.chunks)).toString())
}

/** A request to leave HTTP through the proxy. */
async function leave(server: TestServer, target: string, upgrade: string): Promise<Connection> {
  const [path = '', query] = target.split('?')
  const headers = {
    ...{ host: 'api.example', connection: 'Upgrade', upgrade, authorization: 'Bearer t' },
    'sec-shout-key': 'k',
  }
  const user = { name: 'jane', groups: [] }
  const remoteAddress = '192.0.2.9:4444'
  const request = { path, query: new URLSearchParams(query), headers, user, remoteAddress }
  return server.api.connect({ method: 'GET', ...request }, new AbortController().signal)
}

describe('proxy', () => {
  test('leaves TLS out where the other end speaks none', async () => {
    await using server = await serverWith([])
    const plain = await server.send('GET', `${core}/pods/https:web:443/proxy/x`)
    assert.equal((await said(plain.response)).url, '/x')
    const secure = await server.send('GET', `${core}/pods/https:web:8080/proxy/x`)
    assert.equal(secure.status, 503)
  })

  test('lets a connection leave HTTP with what it names, and hands its bytes on', async () => {
    for (const target of ['pods/web', 'services/web:80']) {
      await using server = await serverWith([])
      const connection = await leave(server, `${core}/${target}/proxy/chat?room=1`, 'shout')
      assert(connection.kind === 'upgraded')
      const { headers, stream, first } = connection
      const seen = headers[headers.indexOf('X-Seen') + 1] ?? ''
      assert.deepEqual(JSON.parse(seen), {
        url: '/chat?room=1',
        host: 'api.example',
        connection: 'Upgrade',
        client: '192.0.2.9',
      })
      stream.end('world')
      const heard = Buffer.concat([first, ...(await Array.fromAsync(stream))]).toString()
      assert.equal(heard, 'HELLO WORLD')
    }
  })

  test('hands on why a connection may not leave HTTP', async () => {
    await using server = await serverWith([])
    const connection = await leave(server, `${core}/pods/web/proxy/chat`, 'whisper')
    assert(connection.kind === 'response' && connection.response.body.kind === 'stream')
    const { status, headers, body } = connection.response
    assert.deepEqual([status, headers['x-why']], [403, 'taste'])
    assert.equal(Buffer.concat(await Array.fromAsync(body.chunks)).toString(), 'no whispe')
  })

  test('needs no more of who upgrades than of who asks', async () => {
    const asked: string[] = []
    const authorizer: Authorizer = {
      name: 'note',
      authorize: ({ verb }) => {
        asked.push(verb)
        return { kind: 'allow', reason: '' }
      },
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }
    await using server = await serverWith([], { authorizer })
    asked.length = 0
    await leave(server, `${core}/pods/web/proxy/chat`, 'shout')
    assert.deepEqual(asked, ['get'])
  })

  test('asks the kubelet, which upgrades nothing, as ever', async () => {
    await using server = await serverWith([])
    const connection = await leave(server, '/api/v1/nodes/n1/proxy/healthz', 'shout')
    assert(connection.kind === 'response' && connection.response.body.kind === 'bytes')
    assert.equal(Buffer.from(connection.response.body.bytes).toString(), 'kubelet /healthz')
  })

  test('takes a request to a pod and its answer back, without the credentials', async () => {
    const asked: string[] = []
    await using server = await serverWith(asked)
    const target = `${core}/pods/web/proxy/a%20b/?q=1`
    const { status, response } = await server.send(
      'POST',
      target,
      { x: 1 },
      { authorization: 'Bearer t' },
    )
    assert.equal(status, 200)
    assert.deepEqual(asked, ['10.0.0.7:8080'])
    assert.deepEqual(await said(response), {
      method: 'POST',
      url: '/a%20b/?q=1',
      host: '10.0.0.7:8080',
      uri: `${core}/pods/web/proxy/a%20b/`,
      body: '{"x":1}',
    })
  })

  test('finds a ready endpoint of a Service by the name or the number of its port', async () => {
    for (const name of ['web:80', 'web:http', 'http:web:http']) {
      const asked: string[] = []
      await using server = await serverWith(asked)
      assert.equal((await server.send('GET', `${core}/services/${name}/proxy/`)).status, 200)
      assert.deepEqual(asked, ['10.0.0.7:8080'])
    }
  })

  test('keeps redirects within the proxy, and sends who lacks the slash to it', async () => {
    await using server = await serverWith([])
    const redirect = await server.send('GET', `${core}/services/web:80/proxy/old`)
    assert.equal(redirect.status, 302)
    assert.equal(redirect.headers.location, `${core}/services/web:80/proxy/new?x=1`)
    const moved = await server.send('GET', `${core}/services/web:80/proxy?a=b`)
    assert.equal(moved.status, 301)
    assert.equal(moved.headers.location, `${core}/services/web:80/proxy/?a=b`)
    const posted = await server.send('POST', `${core}/services/web:80/proxy?a=b`)
    assert.equal(posted.status, 200)
    assert.equal((await said(posted.response)).url, '/?a=b')
  })

  test('leads the links of a page through the proxy, whatever its encoding', async () => {
    await using server = await serverWith([])
    const prefix = `${core}/pods/web:8080/proxy`
    const linked = page.replace('"/rewriteme"', `"${prefix}/rewriteme"`)
    const decoders = { '': Buffer.from, gzip: gunzipSync, deflate: inflateRawSync }
    for (const [encoding, decode] of Object.entries(decoders)) {
      const { response, headers } = await server.send('GET', `${prefix}/page/${encoding}`)
      assert(response.body.kind === 'stream')
      const body = Buffer.concat(await Array.fromAsync(response.body.chunks))
      assert.equal(decode(body).toString(), linked, encoding)
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
    const { response } = await server.send('GET', `${prefix}/page/br`)
    assert(response.body.kind === 'stream')
    const unknown = Buffer.concat(await Array.fromAsync(response.body.chunks))
    assert.equal(brotliDecompressSync(unknown).toString(), page)
  })

  test('hands on which host was asked, and who asked before', async () => {
    await using server = await serverWith([])
    const headers = { host: 'api.example', 'x-forwarded-for': '192.0.2.1' }
    const { response } = await server.send('GET', `${core}/pods/web/proxy/x`, undefined, headers)
    assert.equal((await said(response)).host, 'api.example')
  })

  test('asks the kubelet what a node is asked', async () => {
    await using server = await serverWith([])
    assert.equal(
      (await server.send('GET', '/api/v1/nodes/n1/proxy/healthz')).body,
      'kubelet /healthz',
    )
    assert.equal((await server.send('GET', '/api/v1/nodes/n2/proxy/healthz')).status, 404)
  })

  test('dials no address of the machine that it runs on', async () => {
    await using server = await serverWith([])
    for (const podIP of ['127.0.0.1', '169.254.169.254', '224.0.0.1', '0.0.0.0']) {
      const status = { podIP, podIPs: [{ ip: podIP }] }
      await server.send('PUT', `${core}/pods/web/status`, { metadata: { name: 'web' }, status })
      const answer = await server.send('GET', `${core}/pods/web/proxy/`)
      assert.deepEqual([answer.status, answer.body.message], [400, 'address not allowed'])
    }
  })

  const refused: readonly (readonly [target: string, status: number, message: RegExp])[] = [
    ['services/web/proxy/', 503, /^no endpoints available for service "web"$/],
    ['services/web:81/proxy/', 503, /^no service port 81 found for service "web"$/],
    ['services/ftp:web:80/proxy/', 400, /^invalid service request "ftp:web:80"$/],
    ['services/none:80/proxy/', 404, /^services "none" not found$/],
    ['pods/web:9/proxy/', 503, /^error trying to reach service: dial tcp 10\.0\.0\.7:9: refused$/],
  ]
  for (const [target, status, message] of refused) {
    test(`answers ${status} for ${target}`, async () => {
      await using server = await serverWith([])
      const answer = await server.send('GET', `${core}/${target}`)
      assert.equal(answer.status, status)
      assert.match(answer.body.message, message)
    })
  }
})
