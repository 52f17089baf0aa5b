import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configMaps, events } from '#api'
import { type Simulation, simulate } from '#testing'

const settings = (text: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: ${text}}
`

const pod = (annotations = '', more = '') => `
apiVersion: v1
kind: Pod
metadata: {name: web, annotations: {${annotations}}}
spec:
  ${more}
  containers: [{name: main, image: nginx, volumeMounts: [{name: settings, mountPath: /etc/settings}]}]
  volumes: [{name: settings, configMap: {name: settings}}]
`

function failedMounts(cluster: Simulation): number {
  const failed = cluster.list(events).find(({ reason }) => reason === 'FailedMount')
  return failed?.count ?? 0
}

describe('a volume whose ConfigMap is missing', () => {
  test('is tried again after half a second, then after twice as long each time', async () => {
    await using cluster = await simulate()
    await cluster.apply(pod())
    await cluster.advance('100ms')
    const tries = []
    for (let at = 0; at < 4; at++) {
      tries.push(failedMounts(cluster))
      await cluster.advance(500 * 2 ** at)
    }
    assert.deepEqual(tries, [1, 2, 3, 4])
    await cluster.advance('10m')
    // 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5, 127.5 s, and every 122 s then.
    assert.equal(failedMounts(cluster), 12)
  })

  test('keeps a pod from starting until the try after the ConfigMap has come', async () => {
    await using cluster = await simulate()
    await cluster.apply(pod())
    await cluster.advance('33s')
    await cluster.apply(settings('fast'))
    await cluster.advance('29s')
    assert.equal(cluster.pod('web').status, 'ContainerCreating')
    await cluster.until(() => cluster.pod('web').ready, { within: '4s' })
  })

  test('does not keep a pod from its own deadline', async () => {
    await using cluster = await simulate()
    await cluster.apply(pod('', 'activeDeadlineSeconds: 40'))
    await cluster.advance('41s')
    assert.equal(cluster.pod('web').object.status?.reason, 'DeadlineExceeded')
  })
})

test('a running pod sees new content with the next look of its kubelet, within a minute and a half', async () => {
  await using cluster = await simulate()
  await cluster.apply([settings('slow'), pod()])
  await cluster.until(() => cluster.pod('web').ready)
  const places = () => cluster.node('node-1').files('/var/lib/kubelet/pods').join('\n')
  const before = places()
  await cluster.advance('10s')
  await cluster.apply(settings('fast').replace('mode:', 'speed:'))
  await cluster.advance('48s')
  assert.equal(places(), before)
  const changedMs = cluster.elapsedMs
  await cluster.until(() => places() !== before, { within: '32s' })
  assert.match(places(), /speed/)
  assert.ok(cluster.elapsedMs > changedMs)
})

test('a pod whose ConfigMap was deleted keeps what it has, and its containers start again', async () => {
  await using cluster = await simulate()
  await cluster.apply([settings('slow'), pod('sim.knarr.dev/exit-after: 100s')])
  await cluster.until(() => cluster.pod('web').ready)
  await cluster.client.delete(configMaps, { name: 'settings', namespace: 'default' })
  await cluster.advance('110s')
  assert.equal(cluster.pod('web').restarts, 1)
  assert.ok(cluster.pod('web').ready)
  assert.ok(failedMounts(cluster) > 0)
})
