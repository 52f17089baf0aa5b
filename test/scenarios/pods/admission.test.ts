import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expect, simulate } from '#testing'

/** Pods that name their node: the scheduler never sees them. */
const pod = (name: string, spec: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {nodeName: node-1, containers: [{name: main, image: nginx${spec}
---
`
const asks = (requests: string) => `, resources: {requests: {${requests}}}}]}`

test('a node turns away the pods bound to it that do not fit, and takes the next that does', async () => {
  await using cluster = await simulate({ nodes: [{ name: 'node-1', cpus: 2 }] })
  await cluster.apply(pod('first', asks('cpu: 1500m')))
  await cluster.until(() => cluster.pod('first').ready)
  await cluster.apply(
    pod('second', asks('cpu: 1')) + pod('elsewhere', '}], nodeSelector: {zone: b}}'),
  )
  await cluster.until(
    () => cluster.pod('second').phase === 'Failed' && cluster.pod('elsewhere').phase === 'Failed',
  )
  await cluster.advance('1m')
  const { phase, reason, message, startTime, conditions } =
    cluster.pod('second').object.status ?? {}
  assert.deepEqual(
    { phase, reason, message, conditions },
    {
      phase: 'Failed',
      reason: 'OutOfcpu',
      message:
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 1000, used: 1500, capacity: 2000",
      conditions: undefined,
    },
  )
  assert.ok(startTime)
  assert.equal(
    cluster.pod('elsewhere').object.status?.message,
    "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  )
  expect(cluster.log).never(/container main started.*second|second.*container main started/)
  await cluster.delete('pod/second')
  await cluster.delete('pod/first')
  await cluster.until(() => cluster.pods().length === 1)
  await cluster.apply(pod('third', asks('cpu: 1')))
  await cluster.until(() => cluster.pod('third').ready)
})

test('a pod that has ended holds nothing of its node, from the moment it says so', async () => {
  await using cluster = await simulate({ nodes: [{ name: 'node-1', cpus: 2 }] })
  const task = `, command: [sh, -c, sleep 5]${asks('cpu: 1500m').replace(']}', '], restartPolicy: Never}')}`
  await cluster.apply(pod('first', task))
  await cluster.until(() => cluster.pod('first').phase === 'Succeeded')
  await cluster.apply(pod('second', asks('cpu: 1')))
  await cluster.until(() => cluster.pod('second').ready)
})

test('a controller that replaces what a node turns away does not stop time', async () => {
  await using cluster = await simulate({ nodes: [{ name: 'node-1', cpus: 2 }] })
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: greedy}
spec:
  selector: {matchLabels: {app: greedy}}
  template:
    metadata: {labels: {app: greedy}}
    spec: {nodeName: node-1, containers: [{name: main, image: nginx, resources: {requests: {cpu: '3'}}}]}
`)
  await cluster.advance('30s')
  const turnedAway = cluster.pods({ app: 'greedy' }).filter(({ phase }) => phase === 'Failed')
  assert.ok(turnedAway.length > 10 && turnedAway.length < 60, String(turnedAway.length))
})

test('what runs on a node comes in again when the node is back, before newer pods', async () => {
  await using cluster = await simulate({ nodes: [{ name: 'node-1', cpus: 2 }] })
  await cluster.apply(pod('old', asks('cpu: 1500m')))
  await cluster.until(() => cluster.pod('old').ready)
  await cluster.node('node-1').crash()
  await cluster.advance('5s')
  await cluster.apply(pod('new', asks('cpu: 1')))
  await cluster.advance('5s')
  await cluster.node('node-1').restart()
  await cluster.until(() => cluster.pod('new').phase === 'Failed')
  assert.equal(cluster.pod('new').object.status?.reason, 'OutOfcpu')
  await cluster.until(() => cluster.pod('old').ready)
  await cluster.advance('1m')
  assert.equal(cluster.pod('old').phase, 'Running')
})
