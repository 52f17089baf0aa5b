import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type CustomResourceDefinition,
  customResourceDefinitions,
  events,
  pods,
  replicaSets,
} from '#api'
import { hasCondition, type KubeObject, type ResourceRef } from '#machinery'
import { type Simulation, simulate } from '#testing'

const workload = (name: string, namespace: string, { replicas = 2, annotations = '' } = {}) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}, annotations: {${annotations}}}
    spec: {containers: [{name: ${name}, image: 'example.com/${name}:1', ports: [{containerPort: 8443}]}]}
`

const servers = (answer: string, replicas = 2) =>
  workload('hooks', 'hooks', {
    replicas,
    annotations: answer && `sim.knarr.dev/admission: '${answer}'`,
  })

const hooks = (answer: string) => `
apiVersion: v1
kind: Namespace
metadata: {name: hooks}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {injected: 'yes'}}
---
apiVersion: v1
kind: Service
metadata: {name: hooks, namespace: hooks}
spec: {clusterIP: 10.96.7.7, selector: {app: hooks}, ports: [{port: 443, targetPort: 8443}]}
---
${servers(answer)}
`

const configuration = (kind: 'Mutating' | 'Validating') => `
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}WebhookConfiguration
metadata: {name: hooks}
webhooks:
- name: pods.example.com
  clientConfig: {service: {namespace: hooks, name: hooks, path: /pods}}
  rules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]
  namespaceSelector: {matchLabels: {injected: 'yes'}}
  sideEffects: None
  admissionReviewVersions: [v1]
`

const labelled = JSON.stringify([
  { op: 'add', path: '/metadata/labels/injected', value: 'by-hooks' },
  {
    op: 'add',
    path: '/spec/containers/-',
    value: { name: 'sidecar', image: 'example.com/sidecar:1' },
  },
])
const patch = `patch ${labelled}`

async function clusterWith(answer: string, kind: 'Mutating' | 'Validating'): Promise<Simulation> {
  const cluster = await simulate({ nodes: 2 })
  await cluster.apply(hooks(answer))
  await cluster.until(() => cluster.deployment('hooks', 'hooks').available)
  await cluster.apply(configuration(kind))
  return cluster
}

interface Gadget extends KubeObject {
  readonly spec?: object
}

const gadgetVersion = (name: string, field: string) => `
  - name: ${name}
    served: true
    storage: ${name === 'v1'}
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {${field}: {type: string}}}}`

const gadgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget}
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig: {service: {namespace: hooks, name: hooks, path: /convert}}
  versions:${gadgetVersion('v1', 'host')}${gadgetVersion('v2', 'address')}
`

const podsOf = (cluster: Simulation) => cluster.list(pods, 'shop')
const failures = (cluster: Simulation) =>
  cluster
    .list(events, 'shop')
    .filter(({ reason }) => reason === 'FailedCreate')
    .map(({ message = '' }) => message.replace(/web-[a-z0-9]+-/g, 'web-X-'))

describe('webhooks in a simulated cluster', () => {
  test('a pod of the cluster changes the pods that a Deployment makes', async () => {
    await using cluster = await clusterWith(patch, 'Mutating')
    await cluster.apply(workload('web', 'shop'))
    await cluster.until(() => cluster.deployment('web', 'shop').available)
    const made = podsOf(cluster)
    assert.deepEqual(
      made.map(({ metadata, spec }) => [
        metadata.labels?.injected,
        spec?.containers.map(({ name, terminationMessagePath }) => [name, terminationMessagePath]),
      ]),
      Array(2).fill([
        'by-hooks',
        [
          ['web', '/dev/termination-log'],
          ['sidecar', '/dev/termination-log'],
        ],
      ]),
    )
  })

  test('while its pods are away, the ReplicaSet says why it makes none, and makes them later', async () => {
    await using cluster = await clusterWith(patch, 'Mutating')
    await cluster.apply(servers(patch, 0))
    await cluster.until(() => cluster.list(pods, 'hooks').length === 0)
    await cluster.apply(workload('web', 'shop'))
    await cluster.until(() => failures(cluster).length > 0)
    const post = 'Post "https://hooks.hooks.svc:443/pods?timeout=10s"'
    assert.equal(
      failures(cluster)[0],
      `Error creating: Internal error occurred: failed calling webhook "pods.example.com": failed to call webhook: ${post}: dial tcp 10.96.7.7:443: connect: connection refused`,
    )
    const [replicaSet] = cluster.list(replicaSets, 'shop')
    const [condition] = replicaSet?.status?.conditions ?? []
    assert.equal(condition?.type, 'ReplicaFailure')
    await cluster.apply(servers(patch, 1))
    await cluster.until(() => cluster.deployment('web', 'shop').available)
  })

  test('a webhook refuses pods in its own words', async () => {
    await using cluster = await clusterWith('deny not in this shop', 'Validating')
    await cluster.apply(workload('web', 'shop'))
    await cluster.until(() => failures(cluster).length > 0)
    assert.equal(
      failures(cluster)[0],
      'Error creating: admission webhook "pods.example.com" denied the request: not in this shop',
    )
  })

  test('a server of which nothing is said allows everything, and that is told', async () => {
    await using cluster = await clusterWith('', 'Validating')
    await cluster.apply(workload('web', 'shop'))
    await cluster.until(() => cluster.deployment('web', 'shop').available)
    const told = cluster.list(events, 'hooks').map(({ message = '' }) => message)
    assert.ok(told.some((text) => text.includes('it allows what admission webhooks are asked')))
  })

  test('a pod of the cluster converts the versions of a custom resource', async () => {
    await using cluster = await simulate({ nodes: 1 })
    const move = (from: string, to: string) => [
      { op: 'move', from: `/spec/${from}`, path: `/spec/${to}` },
    ]
    const patches = JSON.stringify({ v1: move('address', 'host'), v2: move('host', 'address') })
    const annotations = `sim.knarr.dev/conversion: '${patches}'`
    await cluster.apply(hooks('').replace(/\napiVersion: apps[\s\S]*$/, ''))
    await cluster.apply(workload('hooks', 'hooks', { annotations }))
    await cluster.until(() => cluster.deployment('hooks', 'hooks').available)
    await cluster.apply(gadgets)
    const isEstablished = () =>
      cluster
        .list<CustomResourceDefinition>(customResourceDefinitions)
        .some(({ status }) => hasCondition(status?.conditions, 'Established'))
    await cluster.until(isEstablished)
    await cluster.apply(`
apiVersion: example.com/v1
kind: Gadget
metadata: {name: a, namespace: default}
spec: {host: here}
`)
    const at = (version: string): ResourceRef<Gadget> => ({
      ...{ group: 'example.com', version, kind: 'Gadget', plural: 'gadgets', scope: 'Namespaced' },
    })
    const key = { namespace: 'default', name: 'a' }
    const second = await cluster.client.get(at('v2'), key)
    assert.deepEqual([second.apiVersion, second.spec], ['example.com/v2', { address: 'here' }])
    await cluster.client.patch(at('v2'), key, {
      kind: 'merge',
      patch: { spec: { address: 'there' } },
    })
    assert.deepEqual((await cluster.client.get(at('v1'), key)).spec, { host: 'there' })
  })
})
