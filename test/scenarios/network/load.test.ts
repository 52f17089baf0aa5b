import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { expect, type Simulation, simulate } from '#testing'

const server = (annotations: string, container = '') => `
apiVersion: v1
kind: Pod
metadata: {name: web, annotations: {${annotations}}}
spec:
  terminationGracePeriodSeconds: 20
  containers: [{name: main, image: shop/web, ports: [{containerPort: 80}]${container}}]
`

async function deletedUnderLoad(manifest: string): Promise<Simulation> {
  const cluster = await simulate()
  await cluster.apply(manifest)
  await cluster.until(() => cluster.pod('web').ready)
  const ip = cluster.pod('web').object.status?.podIP ?? ''
  const load = cluster.load({ to: ip, perSecond: 10 })
  await cluster.advance('2s')
  await cluster.delete('pod/web')
  await cluster.advance('5s')
  load.stop()
  assert.ok(load.counts.succeeded > 0)
  return cluster
}

describe('load on a pod that is being deleted', () => {
  test('is seen to come after SIGTERM when the process serves on', async () => {
    await using cluster = await deletedUnderLoad(server('sim.knarr.dev/on-sigterm: ignore'))
    const late = cluster.log
      .lines({ routine: true })
      .filter((line) => line.includes('after SIGTERM'))
    assert.ok(late.length > 30, `${late.length}`)
    assert.ok(late.every((line) => line.endsWith('answered 200')))
    assert.throws(() => expect(cluster.log).never('request reached a pod after SIGTERM'))
  })

  test('comes before SIGTERM for as long as the preStop hook takes', async () => {
    const hook = ', lifecycle: {preStop: {sleep: {seconds: 10}}}'
    await using cluster = await deletedUnderLoad(server('', hook))
    expect(cluster.log).never('request reached a pod after SIGTERM')
    expect(cluster.log).eventually('request reached a pod that is being deleted')
  })
})

test('load comes after SIGTERM as well when a hook sends it', async () => {
  const hook = ', lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 1; kill 1; sleep 9"]}}}'
  for (const answer of ['ignore', 'drain 9s']) {
    await using cluster = await deletedUnderLoad(
      server(`sim.knarr.dev/on-sigterm: ${answer}`, hook),
    )
    const lines = cluster.log.lines({ routine: true })
    const count = (what: string) => lines.filter((line) => line.includes(what)).length
    assert.equal(count('reached a pod that is being deleted'), 10)
    assert.equal(count('reached a pod after SIGTERM'), 40)
  }
})

test('a load needs a rate above zero: with less, its clients would never come to an end', async () => {
  await using cluster = await simulate({ nodes: 1 })
  for (const perSecond of [0, -5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => cluster.load({ to: 'web', perSecond }), { code: 'BadRate' })
  }
})

test('a container listens on the ports that it declares, and on no others', async () => {
  await using cluster = await simulate()
  await cluster.apply(server(''))
  await cluster.until(() => cluster.pod('web').ready)
  const ip = cluster.pod('web').object.status?.podIP ?? ''
  const ended = async (port: number) => {
    using load = cluster.load({ to: ip, port, perSecond: 1 })
    await cluster.advance('3s')
    return load.counts.ended
  }
  assert.equal((await ended(80)).answered, 3)
  assert.equal((await ended(81)).refused, 3)
})

test('clients go to a pod that is gone for as long as their own node has not heard of it', async () => {
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
    spec:
      nodeName: node-1
      containers: [{name: main, image: shop/web, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`)
  await cluster.until(() => cluster.deployment('web').readyReplicas === 2)
  await cluster.advance('1s')
  await cluster.fault('late', { type: 'SlowWatch', node: 'node-3', delay: '20s' })
  await cluster.settle()
  const [gone] = cluster.pods({ app: 'web' })
  const ip = gone?.object.status?.podIP
  assert.ok(gone && ip)
  const loads = ['node-2', 'node-3'].map((fromNode) =>
    cluster.load({ to: 'web', perSecond: 100, fromNode }),
  )
  await cluster.advance('1s')
  const deletedMs = cluster.now.getTime()
  await cluster.delete(`pod/${gone.name}`)
  await cluster.advance('30s')
  const lastMs = loads.map(({ records }) => {
    const last = records.findLast((each) => each.ip === ip)
    return (last?.sentWallMs ?? 0) - deletedMs
  })
  const [soon = 0, late = 0] = lastMs
  assert.ok(soon <= 50, `${soon}`)
  assert.ok(late > 19_500 && late <= 20_100, `${late}`)
  assert.equal(loads[0]?.counts.succeeded, 3_100)
  assert.ok((loads[1]?.counts.succeeded ?? 0) < 3_100)
})
