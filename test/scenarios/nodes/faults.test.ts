import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { faults, nodeReadyCondition } from '#api'
import { expect, type Simulation, simulate } from '#testing'

const web = (name: string, image = 'nginx') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {containers: [{name: main, image: ${image}}]}
`

function readyMessage(cluster: Simulation): string {
  return nodeReadyCondition(cluster.node('node-1').object)?.message ?? ''
}

describe('faults', () => {
  test('a container engine that is down makes its node NotReady, and healing mends it', async () => {
    await using cluster = await simulate()
    await cluster.advance('10m')
    const { heal } = await cluster.fault('engine', { type: 'EngineDown', node: 'node-1' })
    const brokenMs = cluster.elapsedMs
    await cluster.until(() => !cluster.node('node-1').ready, { within: '2m' })
    assert.equal(readyMessage(cluster), 'container runtime is down')
    // It was well at most 5 s before, is given 30 s, and its node looks at it every 10 s.
    const tookMs = cluster.elapsedMs - brokenMs
    assert.ok(tookMs > 25_000 && tookMs <= 40_100, `${tookMs}`)
    const why = String(cluster.why('node/node-1'))
    assert.match(why, /because it saw: Ready is False: container runtime is down/)
    assert.match(why, /EngineDown strikes/)
    await cluster.until(() => readyMessage(cluster).includes('PLEG'), { within: '4m' })
    assert.ok(cluster.elapsedMs - brokenMs > 180_000)
    assert.match(
      readyMessage(cluster),
      /^\[container runtime is down, PLEG is not healthy: pleg was last seen active 3m\S+s ago; threshold is 3m0s\]$/,
    )
    await heal()
    await cluster.until(() => cluster.node('node-1').ready, { within: '1m' })
  })

  test('a network plugin that is not ready says so', async () => {
    await using cluster = await simulate()
    await cluster.fault('network', { type: 'NetworkNotReady', node: 'node-1' })
    await cluster.until(() => !cluster.node('node-1').ready, { within: '1m' })
    assert.match(readyMessage(cluster), /cni plugin not initialized/)
  })

  test('a registry that is down holds pods up until it is back', async () => {
    await using cluster = await simulate()
    const { heal } = await cluster.fault('hub', { type: 'RegistryDown', registry: 'docker.io' })
    await cluster.settle()
    await cluster.apply(web('late'))
    await cluster.until(() => cluster.pod('late').status === 'ImagePullBackOff', { within: '2m' })
    await heal()
    await cluster.until(() => cluster.pod('late').ready, { within: '6m' })
  })

  test('a registry that forbids is told apart', async () => {
    await using cluster = await simulate()
    await cluster.fault('hub', { type: 'RegistryForbidden', registry: 'quay.io' })
    await cluster.apply([web('refused', 'quay.io/team/web:1'), web('fine')])
    await cluster.until(() => cluster.pod('refused').status === 'ErrImagePull', { within: '1m' })
    await cluster.until(() => cluster.pod('fine').ready, { within: '1m' })
    expect(cluster.log).eventually('403 Forbidden')
  })

  test('a container that wants too much memory is killed for it and starts again', async () => {
    await using cluster = await simulate()
    await cluster.apply(web('big'))
    await cluster.until(() => cluster.pod('big').ready)
    await cluster.fault('oom', { type: 'OutOfMemory', pod: 'big' })
    await cluster.until(() => cluster.pod('big').restarts === 1, { within: '1m' })
    const [container] = cluster.pod('big').object.status?.containerStatuses ?? []
    assert.equal(container?.lastState?.terminated?.reason, 'OOMKilled')
    assert.equal(container?.lastState?.terminated?.exitCode, 137)
  })

  test('a container that dies starts again, and one that hangs does once its probe has noticed', async () => {
    await using cluster = await simulate()
    const probed = `
apiVersion: v1
kind: Pod
metadata: {name: probed}
spec:
  terminationGracePeriodSeconds: 5
  containers:
    - name: main
      image: nginx
      ports: [{containerPort: 80}]
      livenessProbe: {httpGet: {port: 80}, periodSeconds: 5, failureThreshold: 2}
`
    await cluster.apply([web('steady'), probed])
    await cluster.until(() => cluster.pod('steady').ready && cluster.pod('probed').ready)
    await cluster.fault('crash', { type: 'ContainerCrash', pod: 'steady' })
    await cluster.until(() => cluster.pod('steady').restarts === 1, { within: '1m' })
    const [container] = cluster.pod('steady').object.status?.containerStatuses ?? []
    assert.equal(container?.lastState?.terminated?.reason, 'Error')
    const beforeMs = cluster.elapsedMs
    await cluster.fault('hang', { type: 'ContainerHang', pod: 'probed' })
    await cluster.until(() => cluster.pod('probed').restarts === 1, { within: '1m' })
    // Two probes fail, and SIGTERM is of no use to a process that hangs.
    assert.ok(cluster.elapsedMs - beforeMs >= 10_000)
    await cluster.until(() => cluster.pod('probed').ready, { within: '1m' })
  })

  test('a kubelet that hangs costs the node its Ready, but no container its life', async () => {
    await using cluster = await simulate()
    await cluster.apply(web('steady'))
    await cluster.until(() => cluster.pod('steady').ready)
    await cluster.node('node-1').hang()
    await cluster.until(() => !cluster.node('node-1').ready, { within: '2m' })
    await cluster.node('node-1').restart()
    await cluster.until(() => cluster.node('node-1').ready && cluster.pod('steady').ready)
    assert.equal(cluster.pod('steady').restarts, 0)
  })

  test('a node that hears late starts pods late', async () => {
    await using cluster = await simulate()
    await cluster.fault('late', { type: 'SlowWatch', node: 'node-1', delay: '20s' })
    await cluster.settle()
    const before = cluster.elapsedMs
    await cluster.apply(web('waiting'))
    await cluster.until(() => cluster.pod('waiting').ready)
    assert.ok(cluster.elapsedMs - before >= 20_000)
  })

  test('a node whose clock is wrong writes wrong times', async () => {
    await using cluster = await simulate()
    await cluster.fault('skew', { type: 'ClockSkew', node: 'node-1', offset: '-2h' })
    await cluster.settle()
    await cluster.apply(web('old'))
    await cluster.until(() => cluster.pod('old').ready)
    const started = Date.parse(cluster.pod('old').object.status?.startTime ?? '')
    assert.ok(cluster.now.getTime() - started > 7_000_000)
  })

  test('a fault with a duration heals by itself', async () => {
    await using cluster = await simulate({ nodes: 2 })
    await cluster.fault('short', { type: 'NodeCrash', node: 'node-2', duration: '90s' })
    await cluster.until(() => !cluster.node('node-2').ready, { within: '80s' })
    await cluster.until(() => cluster.node('node-2').ready, { within: '2m' })
  })

  test('a fault lasts for exactly as long as it was told to, also within one second', async () => {
    await using cluster = await simulate()
    const lastedMs = async (duration: string) => {
      await cluster.advance('777ms')
      await cluster.fault('short', { type: 'NetworkNotReady', node: 'node-1', duration })
      const struckMs = cluster.elapsedMs
      await cluster.until(() => cluster.list(faults).length === 0, { within: '2m' })
      return Math.round(cluster.elapsedMs - struckMs)
    }
    for (const duration of ['250ms', '1500ms', '90s']) {
      assert.equal(`${await lastedMs(duration)}ms`, duration.replace('90s', '90000ms'))
    }
  })

  test('a fault on an unknown node, and an unknown node itself, are refused by name', async () => {
    await using cluster = await simulate()
    await assert.rejects(
      cluster.fault('nowhere', { type: 'NodeCrash', node: 'mars' }),
      /spec\.node: Not found: "mars"/,
    )
    assert.throws(() => cluster.node('mars'), /there is no node mars; there are node-1/)
  })
})

test('clients of a Service see a node lost, and the log says what became of their requests', async () => {
  await using cluster = await simulate({ nodes: 3 })
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`)
  await cluster.until(() => cluster.deployment('web').readyReplicas === 2)
  const lost = cluster.pods({ app: 'web' })[0]?.node ?? ''
  const fromNode = ['node-1', 'node-2', 'node-3'].find((name) => name !== lost) ?? ''
  using load = cluster.load({ to: 'web', perSecond: 10, fromNode })
  await cluster.advance('10s')
  assert.equal(load.counts.succeeded, load.counts.ended.answered)
  await cluster.node(lost).crash()
  await cluster.advance('2m')
  const { timeout, noRoute } = load.counts.ended
  assert.ok(timeout + noRoute > 0, 'requests to the lost pod fail until its node is Unknown')
  expect(cluster.log).eventually(/request .*(timeout|noRoute)/)
})
