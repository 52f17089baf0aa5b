import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, nodes } from '#api'
import { simulate } from '#testing'

test('a pod whose node has booted gets a new sandbox, and says so', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: main, image: nginx}]}
`)
  await cluster.until(() => cluster.pod('web').ready)
  await cluster.node('node-1').crash()
  await cluster.advance('5s')
  await cluster.node('node-1').restart()
  await cluster.until(() => cluster.pod('web').restarts === 1, { within: '1m' })
  const said = cluster
    .list(events)
    .filter(({ reason }) => reason === 'SandboxChanged')
    .map(({ type, message, count }) => ({ type, message, count }))
  const message = 'Pod sandbox changed, it will be killed and re-created.'
  assert.deepEqual(said, [{ type: 'Normal', message, count: 1 }])
})

test('each start of a kubelet is told, with how much its node has left', async () => {
  await using cluster = await simulate()
  const recorded = () =>
    cluster
      .list(events)
      .filter(({ source }) => source?.component === 'kubelet')
      .map(({ reason, count }) => `${count} ${reason}`)
      .toSorted()
  await cluster.advance('1s')
  const start = ['NodeHasNoDiskPressure', 'NodeHasSufficientMemory', 'NodeHasSufficientPID']
  assert.deepEqual(
    recorded(),
    [...start, 'NodeReady', 'Starting'].map((each) => `1 ${each}`),
  )
  await cluster.node('node-1').crash()
  await cluster.advance('5s')
  await cluster.node('node-1').restart()
  await cluster.advance('30s')
  for (const reason of start) {
    assert.equal(recorded().filter((each) => each.endsWith(reason)).length, 2, reason)
  }
})

test('a node says that it was booted, and whether pods may come to it', async () => {
  await using cluster = await simulate()
  const cordon = async (unschedulable: boolean) => {
    const node = await cluster.client.get(nodes, { name: 'node-1' })
    await cluster.client.update(nodes, { ...node, spec: { ...node.spec, unschedulable } })
    await cluster.advance('30s')
  }
  await cordon(true)
  await cordon(false)
  await cluster.node('node-1').crash()
  await cluster.advance('5s')
  await cluster.node('node-1').restart()
  await cluster.advance('30s')
  const bootId = cluster.node('node-1').object.status?.nodeInfo?.bootID
  const wanted = /^(NodeNotSchedulable|NodeSchedulable|Rebooted)$/
  const said = cluster
    .list(events)
    .filter(({ reason }) => wanted.test(reason ?? ''))
    .map(({ type, message, count }) => `${count} ${type} ${message}`)
  assert.deepEqual(said.toSorted(), [
    '1 Normal Node node-1 status is now: NodeNotSchedulable',
    '1 Normal Node node-1 status is now: NodeSchedulable',
    `1 Warning Node node-1 has been rebooted, boot id: ${bootId}`,
  ])
})

test('a pod whose node has booted is initialised again before its containers start', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers: [{name: setup, image: busybox, command: [sh, -c, sleep 5]}]
  containers: [{name: main, image: nginx}]
`)
  await cluster.until(() => cluster.pod('web').ready)
  await cluster.node('node-1').crash()
  await cluster.advance('5s')
  await cluster.node('node-1').restart()
  await cluster.until(() => cluster.pod('web').restarts === 1 && cluster.pod('web').ready)
  const { initContainerStatuses, containerStatuses } = cluster.pod('web').object.status ?? {}
  const setUp = initContainerStatuses?.[0]?.state?.terminated
  const started = containerStatuses?.[0]?.state?.running?.startedAt
  assert.ok(setUp?.finishedAt && started && setUp.finishedAt <= started)
})
