import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodes } from '#api'
import { simulate } from '#testing'

const pod = (seconds: number) => `
apiVersion: v1
kind: Pod
metadata: {name: guest}
spec:
  tolerations: [{key: team, operator: Exists, effect: NoExecute, tolerationSeconds: ${seconds}}]
  containers: [{name: main, image: nginx}]
`

test('a pod stays on a tainted node for as long as it tolerates that, from when it came', async () => {
  await using cluster = await simulate()
  const { metadata, spec } = cluster.node('node-1').object
  const taints = [{ key: 'team', effect: 'NoExecute', timeAdded: cluster.now.toISOString() }]
  await cluster.client.update(nodes, { metadata, spec: { ...spec, taints } })
  await cluster.advance('10m')
  await cluster.apply(pod(60))
  await cluster.advance('58s')
  assert.ok(cluster.pod('guest').ready)
  await cluster.advance('3s')
  assert.ok(!cluster.pod('guest').exists)
})

const set = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: main, image: nginx}]}
`

test('a StatefulSet whose node comes back after long gets its pod anew, once', async () => {
  await using cluster = await simulate({ nodes: 2 })
  await cluster.apply(set)
  await cluster.until(() => cluster.pods({ app: 'db' }).filter(({ ready }) => ready).length === 2)
  const lost = cluster.pods({ app: 'db' }).find(({ node }) => node === 'node-2')
  assert.ok(lost)
  await cluster.node('node-2').crash()
  await cluster.advance('8m')
  assert.equal(lost.status, 'Terminating')
  const from = cluster.log.lines().length
  await cluster.node('node-2').restart()
  await cluster.advance('1m')
  assert.ok(lost.ready)
  const made = cluster.log.lines().slice(from)
  assert.equal(made.filter((line) => line.includes(`create pods default/${lost.name}`)).length, 1)
})
