import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, pods } from '#api'
import { type Simulation, simulate } from '#testing'

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: main
    image: nginx
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 200m, memory: 128Mi}}
    resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]
  - name: side
    image: nginx
    resources: {requests: {cpu: 100m}}
`

async function started(): Promise<Simulation> {
  const cluster = await simulate()
  await cluster.apply(manifest)
  await cluster.until(() => cluster.pod('web').ready)
  return cluster
}

function resize(cluster: Simulation, name: string, requests: Readonly<Record<string, string>>) {
  const patch = { spec: { containers: [{ name, resources: { requests } }] } }
  const key = { namespace: 'default', name: 'web' }
  return cluster.client.patch(pods, key, { kind: 'strategic', patch }, { subresource: 'resize' })
}

function statusOf(cluster: Simulation, name: string) {
  return cluster.pod('web').object.status?.containerStatuses?.find((each) => each.name === name)
}

const resizing = (cluster: Simulation) =>
  (cluster.pod('web').object.status?.conditions ?? []).filter(({ type }) => /Resize/.test(type))

const told = (cluster: Simulation) =>
  cluster.list(events).flatMap(({ reason }) => (/^Resize/.test(reason ?? '') ? [reason] : []))

test('a container that runs is given other resources, and its pod tells when that begins and ends', async () => {
  await using cluster = await started()
  const { containerID } = statusOf(cluster, 'main') ?? {}
  await resize(cluster, 'main', { cpu: '150m' })
  await cluster.until(() => statusOf(cluster, 'main')?.resources?.requests?.cpu === '150m')
  await cluster.settle()
  const status = statusOf(cluster, 'main')
  assert.deepEqual(status?.allocatedResources, { cpu: '150m', memory: '64Mi' })
  assert.deepEqual([status?.containerID, status?.restartCount], [containerID, 0])
  assert.deepEqual(resizing(cluster), [])
  assert.deepEqual(told(cluster), ['ResizeStarted', 'ResizeCompleted'])
})

test('a container is restarted for what its policy wants a restart for', async () => {
  await using cluster = await started()
  await resize(cluster, 'main', { memory: '96Mi' })
  await cluster.until(() => statusOf(cluster, 'main')?.restartCount === 1)
  await cluster.until(() => cluster.pod('web').ready)
  assert.deepEqual(statusOf(cluster, 'main')?.allocatedResources, { cpu: '100m', memory: '96Mi' })
  assert.equal(statusOf(cluster, 'side')?.restartCount, 0)
  const killed = cluster.list(events).find(({ reason }) => reason === 'Killing')
  assert.match(killed?.message ?? '', /Container main resize requires restart/)
})

test('what a node has no room for waits until it has, and what it never has is said to be so', async () => {
  await using cluster = await started()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: big}
spec: {containers: [{name: main, image: nginx, resources: {requests: {cpu: '3'}}}]}
`)
  await cluster.until(() => cluster.pod('big').ready)
  await resize(cluster, 'side', { cpu: '9' })
  await cluster.until(() => resizing(cluster)[0]?.reason === 'Infeasible')
  await resize(cluster, 'side', { cpu: '2' })
  await cluster.until(() => resizing(cluster)[0]?.reason === 'Deferred')
  assert.match(
    resizing(cluster)[0]?.message ?? '',
    /enough resource: cpu, requested: 2100, used: 3/,
  )
  assert.equal(statusOf(cluster, 'side')?.resources?.requests?.cpu, '100m')
  await cluster.client.delete(pods, { namespace: 'default', name: 'big' })
  await cluster.until(() => statusOf(cluster, 'side')?.resources?.requests?.cpu === '2', {
    within: '10m',
  })
  await cluster.settle()
  assert.deepEqual(resizing(cluster), [])
})
