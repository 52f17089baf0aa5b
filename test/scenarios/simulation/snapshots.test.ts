import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Simulation, simulate } from '#testing'

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`

async function busy(): Promise<Simulation> {
  const cluster = await simulate({ nodes: 2, seed: 5 })
  await cluster.apply(web)
  await cluster.until(() => cluster.deployment('web').readyReplicas === 2)
  return cluster
}

/** Both go on in the same way, to the same log. */
async function goOnAlike(one: Simulation, other: Simulation): Promise<void> {
  assert.equal(other.elapsedMs, one.elapsedMs)
  for (const cluster of [one, other]) {
    await cluster.delete(`pod/${cluster.pods({ app: 'web' })[0]?.name}`)
    await cluster.advance('1m')
  }
  assert.deepEqual(other.log.lines({ routine: true }), one.log.lines({ routine: true }))
  assert.equal(other.log.hash(), one.log.hash())
}

describe('an exact snapshot', () => {
  test('has the clients that send requests, which go on in a fork', async () => {
    await using cluster = await busy()
    const stopped = cluster.load({ to: 'web', perSecond: 3 })
    cluster.load({ to: 'web', perSecond: 7 })
    await cluster.advance('2s')
    stopped.stop()
    await cluster.advance('2s')
    await using fork = await cluster.fork()
    await goOnAlike(cluster, fork)
    assert.deepEqual(
      fork.loads.map(({ counts }) => counts),
      cluster.loads.map(({ counts }) => counts),
    )
    assert.equal(fork.loads.length, 1)
  })

  test('can be taken of a cluster that began with a warm one', async () => {
    await using cluster = await busy()
    await using warm = await cluster.fork('Warm')
    await warm.advance('1m')
    await using fork = await warm.fork()
    await goOnAlike(warm, fork)
  })
})

describe('an exact snapshot restored to a point before its end', () => {
  test('is as the original was at that instant, and goes on as told', async () => {
    await using cluster = await busy()
    const then = { elapsedMs: cluster.elapsedMs + 1000, pods: cluster.pods({ app: 'web' }) }
    const names = then.pods.map(({ name }) => name)
    await cluster.advance('1s')
    const hash = cluster.log.hash()
    await cluster.advance('10ms')
    await cluster.delete('deployment/web')
    await cluster.advance('5m')
    const from = await cluster.snapshot()
    for (const at of [then.elapsedMs, cluster.now.getTime() - cluster.elapsedMs + then.elapsedMs]) {
      const point = at === then.elapsedMs ? at : new Date(at)
      await using restored = await simulate({ from, to: { at: point } })
      assert.equal(restored.elapsedMs, then.elapsedMs)
      assert.equal(restored.log.hash(), hash)
      await restored.advance('5m')
      const living = restored.pods({ app: 'web' }).map(({ name }) => name)
      assert.deepEqual(living, names)
      await using again = await restored.fork()
      await goOnAlike(restored, again)
    }
  })

  test('is as the original was when its store came to that revision', async () => {
    await using cluster = await busy()
    const [seen] = await cluster.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
    })
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } })
    await cluster.advance('1m')
    const revision = Number(seen?.metadata.resourceVersion)
    await using fork = await cluster.fork('Exact', { revision })
    const has = (name: string) => fork.log.about('configmaps', `default/${name}`).length > 0
    assert.deepEqual([has('a'), has('b')], [true, false])
    assert.ok(fork.elapsedMs < cluster.elapsedMs - 59_000)
  })

  test('is refused where there is no such point', async () => {
    await using cluster = await busy()
    const refused = (to: Parameters<Simulation['fork']>[1], type?: 'Warm') =>
      assert.rejects(cluster.fork(type, to), { code: 'NoSuchPoint' })
    await refused({ at: '2h' })
    await refused({ at: new Date(0) })
    await refused({ at: 'soon' })
    await refused({ revision: 1_000_000 })
    await refused({ revision: -1 })
    await refused({ revision: 5, at: '1s' })
    await refused({})
    await refused({ at: '1s' }, 'Warm')
    await assert.rejects(simulate({ to: { at: '1s' } }), { code: 'BadOption' })
  })
})
