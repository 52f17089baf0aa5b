import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, pods, resourceClaims, resourceSlices } from '#api'
import { simulate } from '#testing'

const driver = 'gpu.example.com'
const deviceClass = `
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: gpu}
spec: {selectors: [{cel: {expression: 'device.driver == "${driver}"'}}]}
`
const slice = (node: string, ...devices: readonly string[]) => `
apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: {name: ${node}-gpus}
spec:
  driver: ${driver}
  nodeName: ${node}
  pool: {name: ${node}, generation: 1, resourceSliceCount: 1}
  devices: [${devices.map((name) => `{name: ${name}}`).join(', ')}]
`
const template = `
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: one}
spec: {spec: {devices: {requests: [{name: gpu, exactly: {deviceClassName: gpu}}]}}}
`
const pod = (name: string, source: string, more = '') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  resourceClaims: [{name: own, ${source}}]
  containers: [{name: main, image: shop/web, resources: {claims: [{name: own}]}}]
  ${more}
`
const docs = (...parts: readonly string[]) => parts.join('\n---\n')
const made = 'resourceClaimTemplateName: one'

test('pods get claims of a template, and run where their devices are', async () => {
  await using cluster = await simulate({ nodes: 3 })
  const [first, second] = [pod('first', made), pod('second', made)]
  await cluster.apply(docs(deviceClass, slice('node-2', 'a', 'b'), template, first, second))
  await cluster.until(() => cluster.pod('first').ready && cluster.pod('second').ready)
  const claims = cluster.list(resourceClaims)
  assert.deepEqual(
    claims.map(({ status }) => status?.allocation?.devices?.results?.[0]?.device).sort(),
    ['a', 'b'],
  )
  for (const claim of claims) {
    const { metadata, status } = claim
    const [user] = status?.reservedFor ?? []
    assert.match(metadata.name, new RegExp(`^${user?.name}-own-.{5}$`))
    assert.deepEqual(metadata.annotations, { 'resource.kubernetes.io/pod-claim-name': 'own' })
    assert.deepEqual(metadata.finalizers, ['resource.kubernetes.io/delete-protection'])
    assert.equal(metadata.ownerReferences?.[0]?.name, user?.name)
    const runs = cluster.pod(user?.name ?? '').object
    assert.deepEqual(runs.status?.resourceClaimStatuses, [
      { name: 'own', resourceClaimName: metadata.name },
    ])
    assert.equal(runs.spec?.nodeName, 'node-2')
  }
  await cluster.delete('pod/first')
  await cluster.until(() => cluster.list(resourceClaims).length === 1)
})

test('a pod waits for a device, and gets it when another gives it back', async () => {
  await using cluster = await simulate()
  await cluster.apply(docs(deviceClass, slice('node-1', 'a'), template, pod('first', made)))
  await cluster.until(() => cluster.pod('first').ready)
  await cluster.apply(pod('second', made))
  await cluster.advance('30s')
  const scheduled = cluster
    .pod('second')
    .object.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  assert.equal(
    scheduled?.message,
    '0/1 nodes are available: 1 cannot allocate all claims. still not schedulable, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
  )
  await cluster.delete('pod/first')
  await cluster.until(() => cluster.pod('second').ready)
})

test('a claim of its own is shared by pods, keeps them on its node, and outlives them', async () => {
  await using cluster = await simulate({ nodes: 2 })
  const claim = `
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: shared}
spec: {devices: {requests: [{name: gpu, exactly: {deviceClassName: gpu}}]}}
`
  const shared = 'resourceClaimName: shared'
  await cluster.apply(docs(deviceClass, slice('node-1', 'a'), slice('node-2', 'a'), claim))
  await cluster.apply(docs(pod('first', shared), pod('second', shared)))
  await cluster.until(() => cluster.pod('first').ready && cluster.pod('second').ready)
  const held = () => cluster.list(resourceClaims)[0]
  assert.deepEqual(
    held()
      ?.status?.reservedFor?.map(({ name }) => name)
      .sort(),
    ['first', 'second'],
  )
  const nodes = cluster.list(pods).map(({ spec }) => spec?.nodeName)
  assert.equal(new Set(nodes).size, 1)
  // Whoever deletes it has to wait for those who use it.
  await cluster.delete('resourceclaim/shared')
  await cluster.delete('pod/first')
  await cluster.advance('1m')
  assert.ok(held()?.metadata.deletionTimestamp)
  assert.deepEqual(
    held()?.status?.reservedFor?.map(({ name }) => name),
    ['second'],
  )
  await cluster.delete('pod/second')
  await cluster.until(() => held() === undefined)
})

test('what a pod waits for is said: its claim, its template, its class', async () => {
  await using cluster = await simulate()
  await cluster.apply(docs(pod('claim', 'resourceClaimName: none'), pod('template', made)))
  await cluster.apply(docs(template, pod('class', made)))
  await cluster.advance('1m')
  const message = cluster
    .pod('class')
    .object.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message
  assert.match(`${message}`, /request gpu: device class gpu does not exist/)
  assert.equal(cluster.pod('claim').phase, 'Pending')
  await cluster.apply(docs(deviceClass, slice('node-1', 'a', 'b')))
  await cluster.until(() => cluster.pod('class').ready && cluster.pod('template').ready)
})

test('a pod that is over gives its device back while it still stands there', async () => {
  await using cluster = await simulate()
  const over = pod('job', made, 'restartPolicy: Never').replace(
    'image: shop/web',
    'image: busybox, command: [sh, -c, exit 0]',
  )
  await cluster.apply(docs(deviceClass, slice('node-1', 'a'), template, over))
  await cluster.until(() => cluster.pod('job').phase === 'Succeeded')
  await cluster.until(() => cluster.list(resourceClaims).length === 0)
})

test('a device that fails lets its pod go, which another device takes', async () => {
  await using cluster = await simulate()
  const sets = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      resourceClaims: [{name: own, resourceClaimTemplateName: one}]
      containers: [{name: main, image: shop/web, resources: {claims: [{name: own}]}}]
`
  await cluster.apply(docs(deviceClass, slice('node-1', 'a', 'b'), template, sets))
  await cluster.until(() => cluster.deployment('web').available)
  const used = () =>
    cluster.list(resourceClaims).map(({ status }) => status?.allocation?.devices?.results?.[0])
  assert.deepEqual(
    used().map((result) => result?.device),
    ['a'],
  )
  const taints = [{ key: 'example.com/sick', effect: 'NoExecute' }]
  const patch = { spec: { devices: [{ name: 'a', taints }, { name: 'b' }] } }
  await cluster.client.patch(resourceSlices, { name: 'node-1-gpus' }, { kind: 'merge', patch })
  await cluster.until(() => used().length === 1 && used()[0]?.device === 'b')
  await cluster.until(() => cluster.deployment('web').available)
  const reasons = cluster.list(events).map(({ reason }) => reason)
  assert.ok(reasons.includes('DeviceTaintManagerEviction'))
})
