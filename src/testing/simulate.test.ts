import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { expect, simulate } from './index.ts'

const examples = new URL('../../examples/seed/', import.meta.url)
const example = (name: string) => readFileSync(new URL(name, examples), 'utf8')

test('a deployment becomes available, and a lost node costs it what Kubernetes says', async () => {
  await using cluster = await simulate({
    nodes: 3,
    seed: 7,
    runtimeConfig: ['extensions/v1beta1=true'],
  })
  await cluster.apply(example('5-nginx-deployment.yaml'))
  await cluster.until(() => cluster.deployment('my-nginx').available)
  const [pod] = cluster.pods({ app: 'my-nginx' })
  assert.ok(pod?.node)
  const before = cluster.elapsedMs
  await cluster.node(pod.node).crash()
  await cluster.until(() => !cluster.node(pod.node ?? '').ready)
  assert.ok(cluster.elapsedMs - before >= 40_000)
  await cluster.until(() => cluster.deployment('my-nginx').readyReplicas === 2, { within: '5m' })
  expect(cluster.log).happenedBefore('Ready True → Unknown', 'TaintManagerEviction')
})

test('a version that upstream has removed is served where it is asked for alone', async () => {
  await using cluster = await simulate({ seed: 7 })
  await assert.rejects(cluster.apply(example('5-nginx-deployment.yaml')), /extensions\/v1beta1/)
  await assert.rejects(simulate({ runtimeConfig: ['apps/v1=false'] }), { code: 'BadRuntimeConfig' })
})

test('the same seed gives the same event log, another seed another one', async () => {
  const run = async (seed: number) => {
    await using cluster = await simulate({ nodes: 2, seed })
    await cluster.apply(example('2-heartbeat.yaml'))
    await cluster.advance('2m')
    return cluster.log.hash()
  }
  const [first, again, other] = [await run(1), await run(1), await run(2)]
  assert.equal(first, again)
  assert.notEqual(first, other)
})

test('an exact fork goes on byte for byte as the original does', async () => {
  await using cluster = await simulate({ nodes: 2, seed: 3 })
  await cluster.apply(example('2-heartbeat.yaml'))
  await cluster.advance('20s')
  await using fork = await cluster.fork()
  assert.equal(fork.log.hash(), cluster.log.hash())
  for (const each of [cluster, fork]) {
    await each.delete(`pod/${each.pods({ app: 'heartbeat' })[0]?.name}`)
    await each.advance('3m')
  }
  assert.equal(fork.log.hash(), cluster.log.hash())
})

test('a warm fork goes on at once with everything that was there', async () => {
  await using cluster = await simulate({ nodes: 2, seed: 3 })
  await cluster.apply(example('2-heartbeat.yaml'))
  await cluster.until(() => cluster.deployment('heartbeat').readyReplicas === 2)
  const before = cluster
    .pods({ app: 'heartbeat' })
    .map(({ object, restarts }) => [object.metadata.uid, restarts])
  await using fork = await cluster.fork('Warm')
  assert.equal(fork.elapsedMs, cluster.elapsedMs)
  await fork.advance('5m')
  const after = fork
    .pods({ app: 'heartbeat' })
    .map(({ object, restarts }) => [object.metadata.uid, restarts])
  assert.deepEqual(after, before)
  assert.equal(fork.deployment('heartbeat').readyReplicas, 2)
})
