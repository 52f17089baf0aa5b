import assert from 'node:assert/strict'
import { test } from 'node:test'
import { persistentVolumeClaims, persistentVolumes, pods } from '#api'
import { simulate } from '#testing'

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`

test('a claim that is deleted stays until the last pod that uses it is gone', async () => {
  await using cluster = await simulate()
  await cluster.apply(`${claim}---
apiVersion: v1
kind: Pod
metadata: {name: user}
spec:
  nodeName: node-1
  containers: [{name: main, image: shop/web}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`)
  const held = () => cluster.list(persistentVolumeClaims)[0]
  assert.deepEqual(held()?.metadata.finalizers, ['kubernetes.io/pvc-protection'])
  await cluster.delete('persistentvolumeclaim/data')
  await cluster.advance('1m')
  assert.ok(held()?.metadata.deletionTimestamp, 'it is marked, and stays')
  assert.match(`${cluster.why('persistentvolumeclaim/data')}`, /pod default\/user uses it/)
  await cluster.delete('pod/user')
  await cluster.until(() => held() === undefined)
  assert.equal(cluster.list(pods).length, 0)
})

test('a claim that nobody uses goes when it is deleted, and so does a volume', async () => {
  await using cluster = await simulate()
  await cluster.apply(`${claim}---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /disk}}
`)
  const volume = () => cluster.list(persistentVolumes)[0]
  assert.deepEqual(volume()?.metadata.finalizers, ['kubernetes.io/pv-protection'])
  await cluster.delete('persistentvolumeclaim/data')
  await cluster.delete('persistentvolume/disk')
  await cluster.until(() => !volume() && cluster.list(persistentVolumeClaims).length === 0)
})
