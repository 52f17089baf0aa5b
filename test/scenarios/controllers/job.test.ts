import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { events, type Job, jobs, type Pod, pods } from '#api'
import { hasCondition, type Stored } from '#machinery'
import { startCluster, type TestCluster } from './cluster-fixture.ts'

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

/** Ends the pods that run, each with the exit code that is given for it; others run on. */
async function endWith(
  cluster: TestCluster,
  exitCode: (pod: Stored<Pod>) => number | undefined,
): Promise<void> {
  for (const pod of await cluster.list(pods, 'default')) {
    if (pod.status?.phase !== 'Running' || pod.metadata.deletionTimestamp) continue
    const code = exitCode(pod)
    if (code === undefined) continue
    const finishedAt = new Date(cluster.clock.wallMs()).toISOString().replace(/\.\d+/, '')
    const state = { terminated: { exitCode: code, finishedAt } }
    const container = { name: 'work', image: 'work', imageID: '', ready: false, restartCount: 0 }
    const phase = code === 0 ? 'Succeeded' : 'Failed'
    const patch = { status: { phase, containerStatuses: [{ ...container, state }] } }
    const options = { subresource: 'status' }
    await cluster.client.patch(pods, pod.metadata, { kind: 'merge', patch }, options)
  }
}

async function untilOver(
  cluster: TestCluster,
  exitCode: (pod: Stored<Pod>) => number | undefined,
): Promise<Stored<Job>> {
  let job: Stored<Job> | undefined
  const isOver = async () => {
    await endWith(cluster, exitCode)
    job = await cluster.get(jobs, 'default/work')
    return ['Complete', 'Failed'].some((type) => hasCondition(job?.status?.conditions, type))
  }
  await cluster.until('the end of the Job', isOver, 3_600_000)
  return job as Stored<Job>
}

const indexOf = ({ metadata }: Stored<Pod>) =>
  Number(metadata.annotations?.['batch.kubernetes.io/job-completion-index'])

test('a Job with a limit for each index gives up some and finishes the others', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(
    jobs,
    workWith({
      ...{ completions: 4, parallelism: 4, completionMode: 'Indexed' },
      backoffLimitPerIndex: 1,
    }),
  )
  const { status } = await untilOver(cluster, (pod) => (indexOf(pod) === 2 ? 1 : 0))
  const { conditions, completedIndexes, failedIndexes, succeeded, failed } = status ?? {}
  deepEqual([completedIndexes, failedIndexes, succeeded, failed], ['0,1,3', '2', 3, 2])
  deepEqual(
    conditions?.map(({ type, reason }) => `${type} ${reason}`),
    ['FailureTarget FailedIndexes', 'Failed FailedIndexes'],
  )
  const ofTwo = (await cluster.list(pods, 'default')).filter((pod) => indexOf(pod) === 2)
  const counts = ofTwo.map(
    ({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'],
  )
  deepEqual(counts.toSorted(), ['0', '1'])
  deepEqual(
    ofTwo.flatMap(({ metadata }) => metadata.finalizers ?? []),
    [],
  )
})

test('a Job fails at once for an exit code, and says which pod had it', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  const rules = [
    { action: 'Ignore', onExitCodes: { operator: 'In', values: [7] } },
    { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
  ]
  const spec = { completions: 3, parallelism: 2, backoffLimit: 0, podFailurePolicy: { rules } }
  await cluster.create(jobs, workWith(spec))
  let ends = 0
  // Two that do not count, then one that ends it all while the other still runs.
  const { status } = await untilOver(cluster, () => (++ends <= 2 ? 7 : ends === 3 ? 42 : undefined))
  const { conditions, failed, active } = status ?? {}
  const last = conditions?.at(-1)
  deepEqual([last?.type, last?.reason], ['Failed', 'PodFailurePolicy'])
  match(
    last?.message ?? '',
    /^Container work for pod default\/work-\w+ failed with exit code 42 matching FailJob rule at index 1$/,
  )
  // The one that still ran counts as failed as well.
  deepEqual([failed, active], [2, undefined])
  const warnings = (await cluster.list(events, 'default')).filter(({ type }) => type === 'Warning')
  deepEqual(
    warnings.map(({ reason }) => reason),
    ['PodFailurePolicy'],
  )
})

test('a Job is complete when its policy says so, and stops what is left', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(
    jobs,
    workWith({
      ...{ completions: 3, parallelism: 3, completionMode: 'Indexed' },
      successPolicy: { rules: [{ succeededIndexes: '0' }] },
    }),
  )
  const { status } = await untilOver(cluster, (pod) => (indexOf(pod) === 0 ? 0 : undefined))
  const { conditions, completedIndexes, succeeded, failed } = status ?? {}
  deepEqual([completedIndexes, succeeded, failed], ['0', 1, undefined])
  deepEqual(
    conditions?.map(({ type, reason, message }) => `${type} ${reason} ${message}`),
    [
      'SuccessCriteriaMet SuccessPolicy Matched rules at index 0',
      'Complete SuccessPolicy Matched rules at index 0',
    ],
  )
  equal((await cluster.list(pods, 'default')).length, 1)
})

test('a pod of a Job that is deleted counts as failed, and another one comes after the back-off', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(jobs, workWith({}))
  await cluster.clock.advance(5_000)
  const [first] = await cluster.list(pods, 'default')
  await cluster.client.delete(pods, { namespace: 'default', name: first?.metadata.name ?? '' })
  await cluster.clock.advance(9_000)
  deepEqual(await cluster.list(pods, 'default'), [])
  await cluster.clock.advance(3_000)
  equal((await cluster.list(pods, 'default')).length, 1)
  const { status } = (await cluster.get(jobs, 'default/work')) ?? {}
  deepEqual([status?.failed, status?.active], [1, 1])
})

test('the end of a pod is looked at a second later, with what ends meanwhile', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(jobs, workWith({ completions: 2, parallelism: 2 }))
  await cluster.clock.advance(5_000)
  await endWith(cluster, () => 0)
  await cluster.clock.advance(900)
  equal((await cluster.get(jobs, 'default/work'))?.status?.succeeded, undefined)
  await cluster.clock.advance(200)
  const { status } = (await cluster.get(jobs, 'default/work')) ?? {}
  equal(status?.succeeded, 2)
  equal(hasCondition(status?.conditions, 'Complete'), true)
})

test('pods that a Job leaves behind are held by nothing', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(jobs, workWith({}))
  await cluster.clock.advance(5_000)
  const key = { namespace: 'default', name: 'work' }
  await cluster.client.delete(jobs, key, { propagationPolicy: 'Orphan' })
  await cluster.clock.advance(5_000)
  deepEqual(await cluster.list(jobs, 'default'), [])
  const [left] = await cluster.list(pods, 'default')
  deepEqual([left?.metadata.ownerReferences, left?.metadata.finalizers], [undefined, undefined])
  // And one that was let go of by hand.
  await cluster.create(jobs, workWith({ parallelism: 1 }))
  await cluster.clock.advance(5_000)
  const mine = (await cluster.list(pods, 'default')).find(({ metadata }) => metadata.finalizers)
  const name = mine?.metadata.name ?? ''
  const labels = { 'batch.kubernetes.io/controller-uid': null }
  await cluster.client.patch(
    pods,
    { namespace: 'default', name },
    { kind: 'merge', patch: { metadata: { labels } } },
  )
  await cluster.clock.advance(5_000)
  equal((await cluster.get(pods, `default/${name}`))?.metadata.finalizers, undefined)
})
