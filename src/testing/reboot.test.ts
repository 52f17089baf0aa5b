import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#api'
import { simulate } from './index.ts'

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
