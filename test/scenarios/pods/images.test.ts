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

test('runAsNonRoot refuses images that run as root, and believes the manifest of others', async () => {
  await using cluster = await simulate()
  const nonRoot = (name: string, image: string, annotations = '') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, annotations: {${annotations}}}
spec:
  securityContext: {runAsNonRoot: true}
  containers: [{name: main, image: ${image}}]
---`
  await cluster.apply(
    nonRoot('official', 'nginx:1.29') +
      nonRoot('copy', 'example.com/copies/busybox') +
      nonRoot('own', 'example.com/operator:v1') +
      nonRoot('said', 'example.com/said:v1', 'sim.knarr.dev/image-user: "65532"') +
      nonRoot('root', 'example.com/root:v1', 'sim.knarr.dev/image-user: "0"'),
  )
  await cluster.advance('10s')
  const stateOf = (name: string) => {
    const { state } = cluster.pod(name).object.status?.containerStatuses?.[0] ?? {}
    return state?.waiting?.message?.replace(/ \(pod: .*/, '') ?? Object.keys(state ?? {}).join()
  }
  const refused = 'container has runAsNonRoot and image will run as root'
  assert.deepEqual(['official', 'copy', 'own', 'said', 'root'].map(stateOf), [
    ...[refused, refused, 'running', 'running', refused],
  ])
  const userOf = (name: string) =>
    cluster.pod(name).object.status?.containerStatuses?.[0]?.user?.linux
  assert.equal(userOf('said')?.uid, 65532)
})
