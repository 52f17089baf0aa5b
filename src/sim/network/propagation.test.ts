import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceEndpoint, ServicePort, ServiceTable } from '#network'
import { createTestWorld, namedListener } from './network-fixture.ts'
import type { SimNetwork } from './sim-network.ts'

const vip = { host: '10.96.0.20', port: 80 }
const before: ServiceEndpoint = { ip: '10.244.0.2', port: 8080, local: false }
const after: ServiceEndpoint = { ip: '10.244.0.3', port: 8080, local: false }

function tableWith(endpoint: ServiceEndpoint): ServiceTable {
  const web: ServicePort = {
    name: 'default/web:http',
    protocol: 'TCP',
    port: vip.port,
    clusterIp: vip.host,
    externalIps: [],
    loadBalancerIps: [],
    sourceRanges: [],
    nodePort: 0,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    clusterEndpoints: [endpoint],
    localEndpoints: [],
    hasEndpoints: true,
  }
  return { ports: [web], healthChecks: [] }
}

test('each node learns of a change at a time of its own, and goes to the old endpoint until then', async () => {
  const { near, far, pod, clock, settle } = createTestWorld({ programMs: { least: 1, most: 50 } })
  const nodes = [near, far]
  pod('near', before.ip, () => namedListener('before'))
  pod('far', after.ip, () => namedListener('after'))
  const signal = new AbortController().signal
  const program = (endpoint: ServiceEndpoint) =>
    Promise.all(nodes.map((node) => node.program(tableWith(endpoint), signal)))
  const goesTo = (node: SimNetwork) => {
    const line = node.clientFrom({}).connect(vip.host, vip.port)
    return line.kind === 'open' ? line.at.ip : line.kind
  }
  await settle(program(before))
  assert.deepEqual(nodes.map(goesTo), [before.ip, before.ip])

  const changedMs = clock.monotonicMs()
  const programmed = program(after)
  const seen = [nodes.map(goesTo)]
  while (seen.at(-1)?.includes(before.ip)) {
    await clock.advance(1)
    assert.ok(clock.monotonicMs() - changedMs <= 50, 'both have learned of it in time')
    seen.push(nodes.map(goesTo))
  }
  await programmed
  const learnedMs = nodes.map((_, at) => seen.findIndex((each) => each[at] === after.ip))
  assert.ok(
    learnedMs.every((ms) => ms >= 1 && ms <= 50),
    `${learnedMs}`,
  )
  assert.notEqual(learnedMs[0], learnedMs[1])
  // Nobody was sent anywhere else meanwhile, nor back.
  for (const [at, ms] of learnedMs.entries()) {
    const expected = seen.map((_, now) => (now < ms ? before.ip : after.ip))
    assert.deepEqual(
      seen.map((each) => each[at]),
      expected,
    )
  }
})
