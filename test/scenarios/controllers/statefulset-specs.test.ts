import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statefulSets } from '#api'
import { type Simulation, simulate } from '#testing'

/** A set whose pods are ready while a file is there, as upstream's specs have it. */
function setOf(name: string, replicas: number): string {
  return `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  serviceName: ${name}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: webserver
          image: busybox
          command: [sh, -c, 'touch /tmp/well; sleep 100000']
          readinessProbe: {exec: {command: [test, -f, /tmp/well]}, periodSeconds: 1, failureThreshold: 1}
`
}

function podsOf(cluster: Simulation, app: string): readonly string[] {
  return cluster.pods({ app }).map(({ name }) => name)
}

function readyCount(cluster: Simulation, app: string): number {
  return cluster.pods({ app }).filter(({ ready }) => ready).length
}

async function inAll(cluster: Simulation, app: string, script: string): Promise<void> {
  for (const name of podsOf(cluster, app)) await cluster.exec(name, ['sh', '-c', script])
}

/** In the order in which it happened. */
function happened(cluster: Simulation, verb: 'create' | 'delete'): readonly string[] {
  const reason = verb === 'create' ? 'SuccessfulCreate' : 'SuccessfulDelete'
  return cluster
    .events('statefulset/ss')
    .filter((event) => event.reason === reason)
    .map(({ message = '' }) => message.split(' ')[2] ?? '')
}

test('scaling happens in order, and halts both ways while a pod is not ready', async () => {
  await using cluster = await simulate()
  const key = { name: 'ss', namespace: 'default' }
  const scale = (replicas: number) =>
    cluster.client.patch(statefulSets, key, { kind: 'merge', patch: { spec: { replicas } } })
  await cluster.apply(setOf('ss', 1))
  await cluster.until(() => readyCount(cluster, 'ss') === 1)
  const break_ = () => inAll(cluster, 'ss', 'rm -f /tmp/well')
  const restore = () => inAll(cluster, 'ss', 'touch /tmp/well')

  await break_()
  await cluster.until(() => readyCount(cluster, 'ss') === 0)
  await scale(3)
  await cluster.advance('30s')
  assert.deepEqual(podsOf(cluster, 'ss'), ['ss-0'])
  await restore()
  await cluster.until(() => readyCount(cluster, 'ss') === 3)
  assert.deepEqual(happened(cluster, 'create'), ['ss-0', 'ss-1', 'ss-2'])

  await break_()
  await cluster.until(() => readyCount(cluster, 'ss') === 0)
  await scale(0)
  await cluster.advance('30s')
  assert.deepEqual(podsOf(cluster, 'ss'), ['ss-0', 'ss-1', 'ss-2'])
  await restore()
  await cluster.until(() => podsOf(cluster, 'ss').length === 0)
  assert.deepEqual(happened(cluster, 'delete'), ['ss-2', 'ss-1', 'ss-0'])
})

test('a collection of StatefulSets is listed, patched and deleted by a label', async () => {
  await using cluster = await simulate()
  const { client } = cluster
  await cluster.apply(`${setOf('test-ss', 1)}---${setOf('other', 1)}`)
  await cluster.until(() => readyCount(cluster, 'test-ss') === 1)
  const patch = {
    metadata: { labels: { 'test-ss': 'patched' } },
    spec: {
      replicas: 2,
      template: {
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'test-ss', image: 'registry.k8s.io/pause:3.10.1' }],
        },
      },
    },
  }
  const key = { name: 'test-ss', namespace: 'default' }
  const patched = await client.patch(statefulSets, key, { kind: 'strategic', patch })
  const containers = patched.spec?.template.spec?.containers.map(({ name }) => name)
  assert.deepEqual(containers, ['test-ss', 'webserver'])
  const isUpdated = () => {
    const { status, metadata } = cluster.list(statefulSets).find(isPatched) ?? {}
    return (
      status?.observedGeneration === metadata?.generation &&
      status?.updatedReplicas === 2 &&
      status.readyReplicas === 2
    )
  }
  await cluster.until(isUpdated)
  await client.deleteCollection(
    statefulSets,
    { namespace: 'default', labelSelector: 'test-ss=patched' },
    { gracePeriodSeconds: 1 },
  )
  const left = await client.list(statefulSets, {})
  assert.deepEqual(
    left.items.map(({ metadata }) => metadata.name),
    ['other'],
  )
  await cluster.until(() => podsOf(cluster, 'test-ss').length === 0)
  assert.equal(podsOf(cluster, 'other').length, 1)
})

function isPatched({ metadata }: { metadata: { labels?: Readonly<Record<string, string>> } }) {
  return metadata.labels?.['test-ss'] === 'patched'
}
