import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourceClaims } from '#api'
import { simulate } from '#testing'

const classes = `
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: gpu}
spec: {extendedResourceName: example.com/gpu}
---
apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: {name: gpus}
spec:
  driver: gpu.example.com
  nodeName: node-2
  pool: {name: node-2, generation: 1, resourceSliceCount: 1}
  devices: [{name: a}, {name: b}]
`
const pod = (name: string, resource: string, count: number) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: shop/web, resources: {limits: {${resource}: ${count}}}}]
`

for (const resource of ['example.com/gpu', 'deviceclass.resource.kubernetes.io/gpu']) {
  test(`devices stand for ${resource}`, async () => {
    await using cluster = await simulate({ nodes: 2 })
    await cluster.apply(classes)
    await cluster.apply(pod('first', resource, 2))
    await cluster.until(() => cluster.pod('first').ready)
    const [claim] = cluster.list(resourceClaims)
    assert.match(`${claim?.metadata.name}`, /^first-extended-resources-.{5}$/)
    assert.deepEqual(claim?.metadata.annotations, {
      'resource.kubernetes.io/extended-resource-claim': 'true',
    })
    const results = claim?.status?.allocation?.devices?.results
    assert.deepEqual(
      results?.map(({ device }) => device),
      ['a', 'b'],
    )
    const first = cluster.pod('first').object
    assert.equal(first.spec?.nodeName, 'node-2')
    assert.deepEqual(first.status?.extendedResourceClaimStatus, {
      requestMappings: [
        { containerName: 'main', resourceName: resource, requestName: 'container-0-request-0' },
      ],
      resourceClaimName: claim?.metadata.name,
    })

    await cluster.apply(pod('second', resource, 1))
    await cluster.advance('30s')
    const conditions = cluster.pod('second').object.status?.conditions
    const message = conditions?.find(({ type }) => type === 'PodScheduled')?.message
    assert.match(`${message}`, /2 cannot allocate all claims/)
    assert.equal(cluster.list(resourceClaims).length, 1)
    await cluster.delete('pod/first')
    await cluster.until(() => cluster.pod('second').ready)
    const claims = cluster.list(resourceClaims).map(({ metadata }) => metadata.name)
    assert.match(claims.join(), /^second-extended-resources-.{5}$/)
  })
}

test('a pod that waits for a resource gets it as soon as a class stands for it', async () => {
  await using cluster = await simulate({ nodes: 2 })
  await cluster.apply(pod('web', 'example.com/gpu', 1))
  await cluster.advance('30s')
  const conditions = cluster.pod('web').object.status?.conditions
  assert.match(`${conditions?.[0]?.message}`, /2 Insufficient example.com\/gpu/)
  await cluster.apply(classes)
  await cluster.until(() => cluster.pod('web').ready)
})
