import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '#testing'

test('a container says how its volumes are mounted, what it was granted and whom it runs as', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [2000]}
  volumes: [{name: data, emptyDir: {}}]
  containers:
  - name: main
    image: nginx
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
    volumeMounts:
    - {name: data, mountPath: /data}
    - {name: data, mountPath: /seen, readOnly: true, recursiveReadOnly: IfPossible}
`)
  await cluster.until(() => cluster.pod('web').ready)
  const { status } = cluster.pod('web').object
  const { volumeMounts, resources, allocatedResources, user } = status?.containerStatuses?.[0] ?? {}
  const token = volumeMounts?.[2]
  assert.deepEqual(volumeMounts?.slice(0, 2), [
    { name: 'data', mountPath: '/data' },
    { name: 'data', mountPath: '/seen', readOnly: true, recursiveReadOnly: 'Enabled' },
  ])
  assert.match(token?.name ?? '', /^kube-api-access-/)
  assert.deepEqual([token?.readOnly, token?.recursiveReadOnly], [true, 'Disabled'])
  const requests = { cpu: '100m', memory: '64Mi' }
  assert.deepEqual(allocatedResources, requests)
  assert.deepEqual(resources, { requests, limits: { memory: '128Mi' } })
  assert.deepEqual(user, { linux: { uid: 1000, gid: 3000, supplementalGroups: [3000, 2000] } })
  assert.deepEqual(status?.allocatedResources, requests)
  assert.deepEqual(status?.resources, { requests, limits: { memory: '128Mi' } })
})

test('a node says what its runtime can do', async () => {
  await using cluster = await simulate()
  const { runtimeHandlers, features } = cluster.node('node-1').object.status ?? {}
  const able = { recursiveReadOnlyMounts: true, userNamespaces: true }
  assert.deepEqual(runtimeHandlers, [
    { name: '', features: able },
    { name: 'runc', features: able },
  ])
  assert.deepEqual(features, { supplementalGroupsPolicy: true })
})
