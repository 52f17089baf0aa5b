import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { jobs, pods } from '#api'
import { hasCondition } from '#machinery'
import { startCluster, type TestCluster } from './harness.ts'

const template = {
  spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'work' }] },
}

function workWith(spec: Readonly<Record<string, unknown>>): unknown {
  return { metadata: { name: 'work', namespace: 'default' }, spec: { template, ...spec } }
}

async function end(cluster: TestCluster, phase: 'Succeeded' | 'Failed'): Promise<void> {
  for (const pod of await cluster.list(pods, 'default')) {
    if (pod.status?.phase !== 'Running' || pod.metadata.deletionTimestamp) continue
    const patch = { status: { phase } }
    const options = { subresource: 'status' }
    await cluster.client.patch(pods, pod.metadata, { kind: 'merge', patch }, options)
  }
}

async function untilEnded(
  cluster: TestCluster,
  phase: 'Succeeded' | 'Failed',
  condition: string,
): Promise<void> {
  await cluster.until(
    condition,
    async () => {
      await end(cluster, phase)
      const job = await cluster.get(jobs, 'default/work')
      return hasCondition(job?.status?.conditions, condition)
    },
    3_600_000,
  )
}

test('a Job with indexes gives every index one pod and counts each success once', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(
    jobs,
    workWith({ completions: 5, parallelism: 2, completionMode: 'Indexed' }),
  )
  await untilEnded(cluster, 'Succeeded', 'Complete')
  const { status } = (await cluster.get(jobs, 'default/work')) ?? {}
  equal(status?.succeeded, 5)
  equal(status?.completedIndexes, '0-4')
  deepEqual(status?.uncountedTerminatedPods, {})
  const all = await cluster.list(pods, 'default')
  equal(all.length, 5)
  deepEqual(
    all.flatMap(({ metadata }) => metadata.finalizers ?? []),
    [],
  )
})

test('a Job whose pods fail waits longer each time and gives up at its limit', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(jobs, workWith({ backoffLimit: 2 }))
  const startMs = cluster.clock.monotonicMs()
  await untilEnded(cluster, 'Failed', 'Failed')
  const { status } = (await cluster.get(jobs, 'default/work')) ?? {}
  equal(status?.failed, 3)
  equal(status?.conditions?.find(({ type }) => type === 'Failed')?.reason, 'BackoffLimitExceeded')
  const tookMs = cluster.clock.monotonicMs() - startMs
  equal(tookMs >= 30_000 && tookMs < 40_000, true, `10 s and 20 s of back-off took ${tookMs} ms`)
})

test('a finished Job goes when its time is over, and its pods with it', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(jobs, workWith({ ttlSecondsAfterFinished: 100 }))
  await untilEnded(cluster, 'Succeeded', 'Complete')
  await cluster.clock.advance(90_000)
  equal((await cluster.list(jobs, 'default')).length, 1)
  await cluster.clock.advance(15_000)
  deepEqual(await cluster.list(jobs, 'default'), [])
  deepEqual(await cluster.list(pods, 'default'), [])
})
