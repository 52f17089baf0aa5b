import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type FaultSpec, faults, services } from '#api'
import { type Simulation, simulate } from '#testing'

/** A server on node-1, and clients on both nodes. */
const manifests = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  nodeName: node-1
  containers: [{ name: c, image: registry.k8s.io/e2e-test-images/agnhost:2.59, args: [netexec, --http-port=8080] }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: near, labels: { app: client } }
spec: { nodeName: node-1, containers: [{ name: c, image: busybox, command: [sleep, '1000000'] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: far, labels: { app: client } }
spec: { nodeName: node-2, containers: [{ name: c, image: busybox, command: [sleep, '1000000'] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: third, labels: { app: client } }
spec: { nodeName: node-3, containers: [{ name: c, image: busybox, command: [sleep, '1000000'] }] }
`

async function startWeb(): Promise<Simulation> {
  const cluster = await simulate({ nodes: 3 })
  await cluster.apply(manifests)
  const names = ['web', 'near', 'far', 'third']
  await cluster.until(() => names.every((name) => cluster.pod(name).ready), { within: '5m' })
  await cluster.advance('5s')
  return cluster
}

/** What a request of a pod comes to, and how many virtual milliseconds it takes. */
async function ask(cluster: Simulation, pod: string, path = '/hostname', timeout = '10') {
  const beginMs = cluster.now.getTime()
  const script = `wget -T ${timeout} -qO- http://web${path}`
  const { stdout, exitCode } = await cluster.exec(pod, ['sh', '-c', script])
  return { out: stdout, exitCode, tookMs: cluster.now.getTime() - beginMs }
}

async function strike(cluster: Simulation, name: string, spec: FaultSpec): Promise<void> {
  await cluster.client.create(faults, { metadata: { name }, spec })
  await cluster.advance('1ms')
  const { status } = await cluster.client.get(faults, { name })
  assert.equal(status?.phase, 'Active', status?.message)
}

async function heal(cluster: Simulation, name: string): Promise<void> {
  await cluster.client.delete(faults, { name })
  await cluster.advance('1ms')
}

describe('a delay of the network', () => {
  test('makes every round trip that passes the node longer, and no other', async () => {
    await using cluster = await startWeb()
    const before = await ask(cluster, 'far')
    assert.ok(before.tookMs < 50, `${before.tookMs}`)
    await strike(cluster, 'slow', { type: 'NetworkDelay', node: 'node-1', delay: '200ms' })
    // One to open the connection, one for the request.
    const during = await ask(cluster, 'far')
    assert.equal(during.tookMs - before.tookMs, 400)
    assert.equal((await ask(cluster, 'near')).tookMs, before.tookMs)
    await heal(cluster, 'slow')
    assert.equal((await ask(cluster, 'far')).tookMs, before.tookMs)
  })

  test('may be that of a pair of nodes, or of some pods alone', async () => {
    await using cluster = await startWeb()
    const { tookMs: usual } = await ask(cluster, 'far')
    const delay = '1s'
    await strike(cluster, 'pair', { type: 'NetworkDelay', node: 'node-2', peer: 'node-1', delay })
    assert.equal((await ask(cluster, 'far')).tookMs, usual + 2000)
    assert.equal((await ask(cluster, 'third')).tookMs, usual)
    await heal(cluster, 'pair')
    const selector = 'app=client'
    await strike(cluster, 'pods', { type: 'NetworkDelay', node: 'node-1', delay, selector })
    // One more for the name, which a pod asks its node for.
    assert.equal((await ask(cluster, 'near')).tookMs, usual + 3000)
    assert.equal((await ask(cluster, 'far')).tookMs, usual)
    const why = String(cluster.why('pod/near'))
    assert.match(why, /NetworkDelay strikes \(pods\)/)
  })
})

describe('a loss of packets', () => {
  test('costs what sending again costs, and a request whose time is up', async () => {
    await using cluster = await startWeb()
    await strike(cluster, 'lossy', { type: 'PacketLoss', node: 'node-1', loss: '30%' })
    const results = []
    for (let n = 0; n < 30; n++) results.push(await ask(cluster, 'far'))
    const late = results.filter(({ tookMs }) => tookMs >= 200)
    assert.ok(late.length > 5 && late.length < 30, `${late.length} of 30`)
    await heal(cluster, 'lossy')
    await strike(cluster, 'gone', { type: 'PacketLoss', node: 'node-1', loss: '100%' })
    const none = await ask(cluster, 'far', '/hostname', '3')
    assert.equal(none.exitCode, 1)
    assert.ok(none.tookMs >= 3000 && none.tookMs < 3100, `${none.tookMs}`)
    assert.equal((await ask(cluster, 'near')).exitCode, 0)
  })

  test('is drawn by the seed: the same run loses the same packets', async () => {
    const times = async () => {
      await using cluster = await startWeb()
      await strike(cluster, 'lossy', { type: 'PacketLoss', node: 'node-1', loss: '30%' })
      const taken: number[] = []
      for (let n = 0; n < 10; n++) taken.push((await ask(cluster, 'far')).tookMs)
      return taken
    }
    assert.deepEqual(await times(), await times())
  })
})

test('a limit of bandwidth is shared by all that passes, and ends by itself', async () => {
  await using cluster = await startWeb()
  const path = `/echo?msg=${'x'.repeat(2000)}`
  const before = await ask(cluster, 'far', path)
  const limit = { type: 'BandwidthLimit', node: 'node-1', bandwidth: '10k', duration: '1m' }
  await strike(cluster, 'narrow', limit)
  const during = await ask(cluster, 'far', path)
  // 2300 bytes of answer and 300 of request, at 10,000 bits a second.
  assert.ok(during.tookMs > before.tookMs + 2000, `${during.tookMs}`)
  const script = `wget -qO- http://web${path} & wget -qO- http://web${path}; wait`
  const beginMs = cluster.now.getTime()
  await cluster.exec('far', ['sh', '-c', script])
  const both = cluster.now.getTime() - beginMs
  assert.ok(both > 1.8 * during.tookMs, `${both} against ${during.tookMs}`)
  await cluster.advance('1m')
  assert.equal((await ask(cluster, 'far', path)).tookMs, before.tookMs)
  assert.deepEqual((await cluster.client.list(faults)).items, [])
})

test('two nodes that do not hear each other are heard by everybody else', async () => {
  await using cluster = await startWeb()
  await strike(cluster, 'cut', { type: 'LinkPartition', node: 'node-1', peer: 'node-2' })
  assert.equal((await ask(cluster, 'far', '/hostname', '2')).exitCode, 1)
  assert.equal((await ask(cluster, 'third')).exitCode, 0)
  assert.equal((await ask(cluster, 'near')).exitCode, 0)
  await cluster.advance('2m')
  for (const name of ['node-1', 'node-2']) assert.equal(cluster.node(name).ready, true)
  await heal(cluster, 'cut')
  assert.equal((await ask(cluster, 'far')).exitCode, 0)
})

test('rules of a Service that are late on one node lead to where they led before', async () => {
  await using cluster = await startWeb()
  const spec = { type: 'ServiceRulesDelayed', node: 'node-2', service: 'web' }
  await strike(cluster, 'late', spec)
  await cluster.client.patch(
    services,
    { namespace: 'default', name: 'web' },
    { kind: 'merge', patch: { spec: { selector: { app: 'nobody' } } } },
  )
  await cluster.advance('30s')
  assert.equal((await ask(cluster, 'far')).exitCode, 0, 'the old rules are in force')
  assert.equal((await ask(cluster, 'third')).exitCode, 1, 'elsewhere nobody answers')
  await cluster.apply(
    'apiVersion: v1\nkind: Service\nmetadata: { name: new }\nspec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }',
  )
  await cluster.advance('5s')
  const other = await cluster.exec('far', ['wget', '-T', '2', '-qO-', 'http://new/hostname'])
  assert.equal(other.exitCode, 0, 'other Services are not held')
  assert.match(String(cluster.why('service/web')), /ServiceRulesDelayed strikes \(late\)/)
  await heal(cluster, 'late')
  assert.equal((await ask(cluster, 'far', '/hostname', '2')).exitCode, 1)
})

describe('a fault of the network is refused', () => {
  const cases: readonly (readonly [FaultSpec, RegExp])[] = [
    [{ type: 'PacketLoss', node: 'node-1' }, /spec\.loss: Required value: PacketLoss needs it/],
    [
      { type: 'PacketLoss', node: 'node-1', loss: '101%' },
      /spec\.loss: Invalid value: "101%": must be a percentage/,
    ],
    [{ type: 'PacketLoss', node: 'node-1', loss: '0%' }, /spec\.loss: Invalid value/],
    [{ type: 'BandwidthLimit', node: 'node-1', bandwidth: '-1' }, /spec\.bandwidth: Invalid value/],
    [
      { type: 'NetworkDelay', node: 'node-1', delay: '1s', selector: 'a in' },
      /spec\.selector: Invalid value/,
    ],
    [
      { type: 'LinkPartition', node: 'node-1', peer: 'node-1' },
      /spec\.peer: Invalid value: "node-1": must be another node/,
    ],
    [
      { type: 'LinkPartition', node: 'node-1', peer: 'nowhere' },
      /spec\.peer: Not found: "nowhere"/,
    ],
    [{ type: 'ServiceRulesDelayed', node: 'node-1' }, /spec\.service: Required value/],
    [
      { type: 'KubeletHang', node: 'node-1', peer: 'node-2' },
      /spec\.peer: Forbidden: KubeletHang does not take it/,
    ],
  ]
  for (const [spec, why] of cases) {
    test(JSON.stringify(spec), async () => {
      await using cluster = await simulate({ nodes: 2 })
      await cluster.advance('1s')
      const made = cluster.client.create(faults, { metadata: { name: 'f' }, spec })
      await assert.rejects(made, why)
    })
  }
})
