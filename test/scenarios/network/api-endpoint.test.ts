import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, endpoints, events } from '#api'
import { simulate } from '#testing'

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: connects}
spec:
  containers:
    - {name: main, image: nginx, readinessProbe: {tcpSocket: {host: 10.96.0.1, port: 443}, periodSeconds: 1}}
---
apiVersion: v1
kind: Pod
metadata: {name: asks}
spec:
  containers:
    - {name: main, image: nginx, readinessProbe: {httpGet: {host: 10.96.0.1, port: 443}, periodSeconds: 1}}
`

test('the API server is an endpoint of its Service, as on a real cluster, and can be reached there', async () => {
  await using cluster = await simulate()
  const [slice] = cluster.list(endpointSlices, 'default')
  assert.deepEqual(slice?.metadata.labels, { 'kubernetes.io/service-name': 'kubernetes' })
  assert.deepEqual(slice?.endpoints, [{ addresses: ['172.16.0.1'], conditions: { ready: true } }])
  assert.deepEqual(slice?.ports, [{ name: 'https', port: 6443, protocol: 'TCP' }])
  const [held] = cluster.list(endpoints, 'default')
  assert.deepEqual(held?.subsets?.[0]?.addresses, [{ ip: '172.16.0.1' }])
  await cluster.apply(manifest)
  await cluster.until(() => cluster.pod('connects').ready, { within: '1m' })
  await cluster.advance('5s')
  assert.equal(cluster.pod('asks').ready, false)
  const said = cluster.list(events).find(({ reason }) => reason === 'Unhealthy')
  assert.equal(said?.involvedObject.name, 'asks')
  assert.equal(said?.message, 'Readiness probe failed: HTTP probe failed with statuscode: 400')
})

test('who is on a node that is cut off from the API server does not reach it either, until that is mended', async () => {
  await using cluster = await simulate({ nodes: 2 })
  const ended = async (fromNode: string) => {
    using load = cluster.load({ to: 'kubernetes', port: 443, perSecond: 1, fromNode })
    await cluster.advance('8s')
    return load.counts.ended
  }
  assert.equal((await ended('node-1')).answered, 8)
  for (const direction of ['Both', 'ToServer', 'FromServer'] as const) {
    await cluster.node('node-1').partition(direction)
    await cluster.settle()
    const { answered, timeout } = await ended('node-1')
    assert.deepEqual([answered, timeout > 0], [0, true], direction)
    assert.equal((await ended('node-2')).answered, 8)
    await cluster.node('node-1').restart()
    await cluster.settle()
    assert.equal((await ended('node-1')).answered, 8)
  }
})

const asker = `
apiVersion: v1
kind: Pod
metadata: {name: asker}
spec:
  restartPolicy: Never
  containers:
    - name: main
      image: busybox
      command:
        - sh
        - -c
        - |
          at=/var/run/secrets/kubernetes.io/serviceaccount
          token=$(cat $at/token)
          curl -sS -w ' %{http_code}\\n' -o /dev/null https://kubernetes.default.svc/version
          curl -s -H "Authorization: Bearer $token" https://kubernetes.default/api/v1/namespaces/default/pods
          curl -s -H "Authorization: Bearer nonsense" -w ' %{http_code}' -o /dev/null https://kubernetes.default/api
          wget -q -O- http://kubernetes.default:443/
      terminationMessagePolicy: FallbackToLogsOnError
`

test('a pod asks the API server by the token of its service account, and may do what that may', async () => {
  await using cluster = await simulate()
  await cluster.apply(asker)
  await cluster.until(() => cluster.pod('asker').phase === 'Failed', { within: '1m' })
  const said =
    cluster.pod('asker').object.status?.containerStatuses?.[0]?.state?.terminated?.message ?? ''
  assert.match(said, /^ 200\n/)
  assert.match(said, /"reason": ?"Forbidden".*/)
  assert.match(said, /User \\"system:serviceaccount:default:default\\" cannot list resource/)
  assert.match(said, / 401/)
})
