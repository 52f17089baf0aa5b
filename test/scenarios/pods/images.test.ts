import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#api'
import { simulate } from '#testing'

test('an image that cannot be inspected says so, and is not pulled', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: main, image: 'example.com/web:unreadable'}]}
`)
  await cluster.advance('5s')
  const { state } = cluster.pod('web').object.status?.containerStatuses?.[0] ?? {}
  assert.equal(state?.waiting?.reason, 'ImageInspectError')
  const why =
    /^Failed to inspect image "": rpc error: code = Unknown desc = can not resolve "example.com\/web:unreadable" locally: content digest sha256:[0-9a-f]{64}: not found$/
  assert.match(state?.waiting?.message ?? '', why)
  const said = cluster.list(events).filter(({ involvedObject }) => involvedObject.name === 'web')
  assert.deepEqual(said.map(({ reason }) => reason).toSorted(), [
    'Failed',
    'InspectFailed',
    'Scheduled',
  ])
})
