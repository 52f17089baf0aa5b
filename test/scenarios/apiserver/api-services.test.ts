import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiServices, configMaps, customResourceDefinitions } from '#api'
import { simulate } from '#testing'

const label = 'kube-aggregator.kubernetes.io/automanaged'
const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: toys.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: toys, kind: Toy}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
  - {name: v2, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
`

test('what a server serves is registered, and what definitions add for as long as they do', async () => {
  await using cluster = await simulate({ nodes: 0 })
  const find = (name: string) =>
    cluster.list(apiServices).find(({ metadata }) => metadata.name === name)
  assert.equal(find('v1.apps')?.metadata.labels?.[label], 'onstart')
  assert.deepEqual(find('v1.')?.spec, {
    version: 'v1',
    groupPriorityMinimum: 18_000,
    versionPriority: 1,
  })
  assert.equal(find('v1.apps')?.status?.conditions?.[0]?.reason, 'Local')
  await cluster.apply(definition)
  await cluster.until(() => find('v1.example.com') !== undefined)
  assert.deepEqual(find('v1.example.com')?.spec, {
    ...{ group: 'example.com', version: 'v1' },
    ...{ groupPriorityMinimum: 1000, versionPriority: 100 },
  })
  assert.equal(find('v2.example.com'), undefined)
  await cluster.client.delete(apiServices, { name: 'v1.example.com' })
  await cluster.until(() => find('v1.example.com') !== undefined)
  await cluster.client.delete(customResourceDefinitions, { name: 'toys.example.com' })
  await cluster.until(() => find('v1.example.com') === undefined)
  const config = cluster
    .list(configMaps, 'kube-system')
    .find(({ metadata }) => metadata.name === 'extension-apiserver-authentication')
  assert.ok(config?.data?.['client-ca-file'])
})
