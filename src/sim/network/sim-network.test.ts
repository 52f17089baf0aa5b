import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNameStore, type NameFeed } from '#dns'
import {
  type DialHttpRequest,
  type DialSubject,
  dialConformance,
  type HttpOutcome,
  routingConformance,
  type ServiceEndpoint,
  type ServicePort,
  type ServiceTable,
} from '#network'
import {
  createTestWorld,
  namedListener,
  nodeIps,
  silentListener,
  textResponse,
} from './network-fixture.ts'
import type { SimNetwork } from './sim-network.ts'

const signal = new AbortController().signal
const vip = { host: '10.96.0.20', port: 80 }

function get(host: string, port: number, more: Partial<DialHttpRequest> = {}): DialHttpRequest {
  const limits = { timeoutMs: 1000, bodyLimitBytes: 1000, redirects: 'sameHost' } as const
  return { host, port, scheme: 'http', path: '/', method: 'GET', headers: [], ...limits, ...more }
}

const bodyOf = (outcome: HttpOutcome): string =>
  outcome.kind === 'answered' ? Buffer.from(outcome.body).toString() : outcome.message

for (const { name, run } of dialConformance) {
  test(name, async () => {
    const { near, pod, settle } = createTestWorld()
    let pods = 0
    const place = (...[listener]: [Parameters<typeof pod>[2]]) => {
      const host = `10.244.0.${++pods}`
      pod('near', host, listener)
      return { host, port: 8080 }
    }
    const subject: DialSubject = {
      dial: near.dial,
      settle,
      closed: async () => place(() => undefined),
      silent: async () => place(() => silentListener()),
      serveHttp: async (answers) =>
        place(() => ({
          owner: 'server',
          answer: async (request) => {
            const { status, headers, body } = answers[
              request.protocol === 'http' ? request.path : ''
            ] ?? { status: 404 }
            return textResponse(status, body ?? '', Object.entries(headers ?? {}))
          },
        })),
    }
    await run(subject)
  })
}

const endpointA: ServiceEndpoint = { ip: '10.244.0.2', port: 8080, local: true }
const endpointB: ServiceEndpoint = { ip: '10.244.0.3', port: 8080, local: true }
const clientIp = '10.244.0.9'

function twoEndpoints() {
  const world = createTestWorld()
  world.pod('near', endpointA.ip, () => namedListener('a'))
  world.pod('near', endpointB.ip, () => namedListener('b'))
  const program = (table: ServiceTable, network: SimNetwork = world.near) =>
    world.settle(network.program(table, signal))
  const fromPod = world.near.dialerFrom({ podIps: [clientIp] })
  return { ...world, program, fromPod }
}

for (const { name, run } of routingConformance) {
  test(name, async () => {
    const { near, fromPod, program, settle } = twoEndpoints()
    await run({
      program,
      endpoints: [endpointA, endpointB],
      nodeIp: nodeIps.near,
      ask: async (from, { host, port }) => {
        const dial = from === 'pod' ? fromPod : near.dial
        const answer = bodyOf(await settle(dial.http(get(host, port), signal)))
        if (answer.endsWith('connection refused')) return 'refused'
        if (answer.includes('deadline exceeded')) return 'timeout'
        return answer.startsWith('a ') ? 'a' : 'b'
      },
    })
  })
}

const web: ServicePort = {
  name: 'default/web:http',
  protocol: 'TCP',
  port: vip.port,
  clusterIp: vip.host,
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  nodePort: 30080,
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  clusterEndpoints: [endpointA],
  localEndpoints: [endpointA],
  hasEndpoints: true,
}
const tableOf = (more: Partial<ServicePort> = {}): ServiceTable => ({
  ports: [{ ...web, ...more }],
  healthChecks: [],
})

test('a table comes into force after its delay, and calls keep their order', async () => {
  const { near, clock, settle } = twoEndpoints()
  const first = near.program(tableOf(), signal)
  const second = near.program(tableOf({ clusterEndpoints: [endpointB] }), signal)
  const ask = async () => bodyOf(await settle(near.dial.http(get(vip.host, vip.port), signal)))
  await clock.settle()
  assert.equal(near.clientFrom({}).connect(vip.host, vip.port).kind, 'silent')
  await settle(second)
  await first
  assert.ok(clock.monotonicMs() >= 2 && clock.monotonicMs() <= 10)
  assert.match(await ask(), /^b /)
})

test('an aborted table is never in force, and the next one is', async () => {
  const { near, settle } = twoEndpoints()
  const stop = new AbortController()
  const aborted = near.program(tableOf(), stop.signal)
  const next = near.program(tableOf({ clusterEndpoints: [endpointB] }), signal)
  stop.abort(new Error('stopped'))
  await assert.rejects(settle(aborted), /stopped/)
  await settle(next)
  const line = near.clientFrom({}).connect(vip.host, vip.port)
  assert.equal(line.kind === 'open' && line.at.ip, endpointB.ip)
})

test("a pod's address is seen by a service's endpoint, a node port's client is not", async () => {
  const { near, far, fromPod, program, settle } = twoEndpoints()
  await program(tableOf())
  await program(tableOf(), far)
  const ask = async (dial: SimNetwork['dial'], host: string, port: number) =>
    bodyOf(await settle(dial.http(get(host, port), signal)))
  assert.equal(await ask(fromPod, vip.host, vip.port), `a ${clientIp}`)
  assert.equal(await ask(near.dial, vip.host, vip.port), `a ${nodeIps.near}`)
  assert.equal(await ask(far.dial, nodeIps.near, 30080), `a ${nodeIps.near}`)
  const itself = near.dialerFrom({ podIps: [endpointA.ip] })
  assert.equal(await ask(itself, vip.host, vip.port), `a ${nodeIps.near}`)
})

test('a pod that is gone has no route, an address that never was stays silent', async () => {
  const { near, pod, settle } = createTestWorld()
  pod('far', '10.244.1.1', () => undefined)[Symbol.dispose]()
  const message = async (host: string, timeoutMs: number) => {
    const outcome = await settle(near.dial.tcp({ host, port: 80, timeoutMs }, signal))
    return outcome.kind === 'failed' ? outcome.message : ''
  }
  const gone = 'dial tcp 10.244.1.1:80'
  assert.equal(await message('10.244.1.1', 1000), `${gone}: i/o timeout`)
  assert.equal(await message('10.244.1.1', 5000), `${gone}: connect: no route to host`)
  assert.equal(await message('10.244.7.7', 5000), 'dial tcp 10.244.7.7:80: i/o timeout')
  assert.equal(await message('nowhere', 1000), 'dial tcp: lookup nowhere: no such host')
})

test('cut links and silent nodes time out, one way is enough', async () => {
  const { near, fabric, pod, settle } = createTestWorld()
  pod('far', '10.244.1.1', () => namedListener('far'))
  const ask = async () => bodyOf(await settle(near.dial.http(get('10.244.1.1', 8080), signal)))
  assert.match(await ask(), /^far /)
  fabric.cut('far', 'near', 'forth')
  assert.match(await ask(), /context deadline exceeded/)
  fabric.heal('near', 'far')
  assert.match(await ask(), /^far /)
  fabric.silence('far')
  assert.match(await ask(), /context deadline exceeded/)
})

test('a link that is cut while the answer is awaited loses it', async () => {
  const { near, fabric, clock, pod, settle } = createTestWorld()
  const slow = { owner: 's', answer: () => clock.sleep(100).then(() => textResponse(200, 'late')) }
  pod('far', '10.244.1.1', () => slow)
  const asked = near.dial.http(get('10.244.1.1', 8080), signal)
  await clock.advance(50)
  fabric.cut('near', 'far')
  assert.match(bodyOf(await settle(asked)), /awaiting headers/)
})

test('a server that is killed resets its connections in the words of Go', async () => {
  const { near, clock, pod, settle } = createTestWorld()
  const killed = new AbortController()
  pod('near', '10.244.0.1', () => silentListener(killed.signal))
  const asked = near.dial.http(get('10.244.0.1', 8080), signal)
  await clock.advance(10)
  killed.abort()
  assert.equal(
    bodyOf(await settle(asked)),
    'Get "http://10.244.0.1:8080/": read tcp 192.168.0.1:40000->10.244.0.1:8080: read: connection reset by peer',
  )
})

test('a server that speaks no HTTP is reported as Go would', async () => {
  const { near, pod, settle } = createTestWorld()
  for (const [ip, words, expected] of [
    ['10.244.0.1', 'SSH-2.0-server\r\n', /malformed HTTP response "SSH-2.0-server"$/],
    ['10.244.0.2', '', /: EOF$/],
  ] as const) {
    pod('near', ip, () => ({ owner: 'x', answer: async () => textResponse(0, words) }))
    assert.match(bodyOf(await settle(near.dial.http(get(ip, 8080), signal))), expected)
  }
})

test('a gRPC server is healthy by its status, in the words of the prober', async () => {
  const { near, pod, settle } = createTestWorld()
  let status = 200
  pod('near', '10.244.0.1', () => ({ owner: 'x', answer: async () => textResponse(status, '') }))
  const ask = async (port = 8080) => {
    const target = { host: '10.244.0.1', port, service: '', userAgent: 'kube-probe/1.36' }
    const outcome = await settle(near.dial.grpcHealth({ ...target, timeoutMs: 500 }, signal))
    return `${outcome.kind}: ${outcome.message}`
  }
  assert.equal(await ask(), 'healthy: service healthy')
  status = 503
  assert.equal(await ask(), 'unhealthy: service unhealthy (responded with "NOT_SERVING")')
  status = 404
  assert.match(await ask(), /rpc error: code = NotFound desc = unknown service$/)
  assert.equal(
    await ask(81),
    'unhealthy: timeout: failed to connect service "10.244.0.1:81" within 500ms: context deadline exceeded',
  )
})

test('a health check port says whether the node has endpoints', async () => {
  const { near, program, settle } = twoEndpoints()
  const check = { namespace: 'ns', name: 'web', port: 32_000 }
  const ask = async (localEndpoints: number) => {
    await program({ ports: [], healthChecks: [{ ...check, localEndpoints }] })
    const outcome = await settle(near.dial.http(get(nodeIps.near, 32_000), signal))
    return outcome.kind === 'answered' && outcome.status
  }
  assert.equal(await ask(1), 200)
  assert.equal(await ask(0), 503)
})

test('a boot forgets the table', async () => {
  const { near, program } = twoEndpoints()
  await program(tableOf())
  near.boot()
  assert.equal(near.clientFrom({}).connect(vip.host, vip.port).kind, 'silent')
})

test('the status is what a fault says', async () => {
  const { near } = createTestWorld()
  assert.deepEqual(await near.status(signal), { kind: 'ready' })
  const status = { kind: 'notReady', reason: 'X', message: 'y' } as const
  near.setStatus(status)
  assert.deepEqual(await near.status(signal), status)
})

test('names are looked up at the node, whose name server the Service of the DNS leads to', async () => {
  const { near, settle } = createTestWorld()
  const web = {
    namespace: 'shop',
    name: 'web',
    kind: 'clusterIp',
    addresses: ['10.244.0.1'],
    ports: [],
    endpoints: [],
  } as const
  const names = createNameStore()
  names.put('shop/web', web)
  const feed: NameFeed = {
    names,
    keys: () => [],
    get: () => undefined,
    namespaces: () => [],
    subscribe: () => ({ [Symbol.dispose]: () => undefined }),
    whenSynced: async () => undefined,
  }
  await near.nameServer?.serve(feed, signal)
  const found = (host: string, namespace?: string) =>
    near.clientFrom({ podIps: [clientIp], ...(namespace && { namespace }) }).resolve(host)?.name
  assert.equal(found('web', 'shop'), undefined, 'nothing leads there yet')
  const dns = tableOf({
    protocol: 'UDP',
    port: 53,
    clusterIp: '10.96.0.10',
    clusterEndpoints: [{ ...(near.nameServer?.endpoint ?? assert.fail()), local: true }],
  })
  await settle(near.program(dns, signal))
  const whole = 'web.shop.svc.cluster.local'
  assert.equal(found('web', 'shop'), whole)
  assert.equal(found('WEB.shop', 'other'), whole)
  assert.equal(found('web', 'other'), undefined)
  assert.equal(found(`${whole}.`, 'other'), whole)
  assert.equal(found('web.shop'), undefined, 'a node does not ask the cluster')
  near.boot()
  assert.equal(found('web', 'shop'), undefined, 'a machine that starts knows none')
})

test('a client is free to meet another endpoint when its affinity has run out', async () => {
  const { near, clock, program } = twoEndpoints()
  await program(tableOf({ clusterEndpoints: [endpointA, endpointB], affinitySeconds: 10 }))
  const meet = async (waitMs: number) => {
    const met = new Set<string | undefined>()
    for (let i = 0; i < 40; i++) {
      const line = near.clientFrom({}).connect(vip.host, vip.port)
      met.add(line.kind === 'open' ? line.at.ip : undefined)
      await clock.advance(waitMs)
    }
    return met.size
  }
  assert.equal(await meet(9_000), 1)
  assert.equal(await meet(11_000), 2)
})

test('of many tables the last one asked for stays', async () => {
  const { near, settle } = twoEndpoints()
  const earlier = Array.from({ length: 20 }, () => near.program(tableOf(), signal))
  const last = near.program(tableOf({ clusterEndpoints: [endpointB] }), signal)
  await settle(Promise.all([...earlier, last]))
  const line = near.clientFrom({}).connect(vip.host, vip.port)
  assert.equal(line.kind === 'open' && line.at.ip, endpointB.ip)
})

test('a Service port leads to its endpoints over its own protocol alone', async () => {
  const { near, fabric, settle } = createTestWorld()
  const answered = (name: string) => ({ ...namedListener(name), owner: name })
  fabric.attach('10.244.0.2', {
    node: 'near',
    podUid: 'uid',
    listener: (port, _address, transport) =>
      port === 8080 ? answered(transport ?? 'tcp') : undefined,
  })
  const udp: ServicePort = {
    ...web,
    clusterEndpoints: [endpointA],
    protocol: 'UDP',
    nodePort: 30_001,
  }
  await settle(near.program({ ports: [udp], healthChecks: [] }, signal))
  const client = near.clientFrom({ podIps: [clientIp] })
  const owner = (host: string, port: number, transport?: 'tcp' | 'udp') => {
    const connection = client.connect(host, port, transport)
    return connection.kind === 'open' ? connection.listener.owner : connection.kind
  }
  assert.deepEqual(
    [owner(vip.host, 80, 'udp'), owner(vip.host, 80, 'tcp'), owner(vip.host, 80)],
    ['udp', 'refused', 'refused'],
  )
  assert.deepEqual(
    [owner(nodeIps.near, 30_001, 'udp'), owner(nodeIps.near, 30_001)],
    ['udp', 'refused'],
  )
})
