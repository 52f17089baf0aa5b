import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { deployments, pods, replicaSets, resourceQuotas } from '#api'
import { type Simulation, simulate } from '#testing'

/** A report from the field: its manifest stands beside this file. */
const manifest = (name: string) => readFileSync(new URL(`${name}.yaml`, import.meta.url), 'utf8')

async function begin(name: string, nodes = 1): Promise<Simulation> {
  const cluster = await simulate({ nodes })
  await cluster.apply(manifest(name))
  return cluster
}

const reasons = (cluster: Simulation, pod: string) =>
  cluster.events(`pod/${pod}`).map(({ type, reason, message }) => `${type} ${reason} ${message}`)

/** Deletes a pod and returns how many seconds it takes to go. */
async function secondsToGo(cluster: Simulation, pod: string): Promise<number> {
  const beganMs = cluster.elapsedMs
  await cluster.delete(`pod/${pod}`)
  await cluster.until(() => !cluster.pod(pod).exists, { within: '10m' })
  return (cluster.elapsedMs - beganMs) / 1000
}

test('01: the delay of a readiness probe counts from the start of the container', async () => {
  await using cluster = await begin('01-startup-then-readiness-delay')
  await cluster.until(() => cluster.pod('slow').status === 'Running')
  const beganMs = cluster.elapsedMs
  await cluster.until(() => cluster.pod('slow').ready)
  const seconds = (cluster.elapsedMs - beganMs) / 1000
  assert.ok(seconds >= 19 && seconds <= 23, `${seconds} s`)
  assert.equal(cluster.pod('slow').restarts, 0)
})

test('02: a preStop hook longer than the grace is told, and the pod goes 2 s after the grace', async () => {
  await using cluster = await begin('02-prestop-longer-than-grace')
  await cluster.until(() => cluster.pod('web').ready)
  const seconds = await secondsToGo(cluster, 'web')
  assert.ok(seconds >= 31 && seconds <= 35, `${seconds} s`)
  await cluster.advance('5s')
  const recorded = reasons(cluster, 'web')
  assert.ok(recorded.some((each) => each.startsWith('Normal Killing')))
  assert.ok(recorded.includes('Warning FailedPreStopHook PreStopHook failed'), recorded.join('\n'))
})

test('08: a deadline ends a pod once its container is gone, and a Job replaces it only then', async () => {
  await using cluster = await begin('08-job-deadline-vs-pod-deadline')
  await cluster.until(() => reasons(cluster, 'lone').some((each) => each.includes('Deadline')))
  const atMs = cluster.elapsedMs
  assert.ok(
    reasons(cluster, 'lone').includes(
      'Normal DeadlineExceeded Pod was active on the node longer than the specified deadline',
    ),
  )
  assert.equal(cluster.pod('lone').phase, 'Running')
  await cluster.until(() => cluster.pod('lone').phase === 'Failed')
  assert.ok(cluster.elapsedMs - atMs >= 19_000)
  assert.equal(cluster.pod('lone').object.status?.reason, 'DeadlineExceeded')
  const ofJob = () => cluster.pods({ 'job-name': 'replaced' })
  await cluster.until(() => ofJob().length === 2)
  const running = ofJob().filter(({ phase }) => phase === 'Running' || phase === 'Pending')
  assert.equal(running.length, 1)
})

test('16: a signal does not reach the program under a shell as PID 1, but the one it became', async () => {
  await using cluster = await begin('16-shell-wrapper-pid1')
  const names = ['wrapped', 'execd', 'after']
  await cluster.until(() => names.every((name) => cluster.pod(name).status === 'Running'))
  await cluster.advance('5s')
  for (const name of names) assert.equal(cluster.pod(name).status, 'Running', name)
  const quick = await secondsToGo(cluster, 'execd')
  assert.ok(quick < 5, `execd: ${quick} s`)
  for (const name of ['wrapped', 'after']) {
    const slow = await secondsToGo(cluster, name)
    assert.ok(slow >= 30 && slow < 33, `${name}: ${slow} s`)
    assert.match(cluster.log.lines().join('\n'), new RegExp(`default/${name} .*code 137`))
  }
})

test('18: a pod whose claim has no volume yet is not scheduled, and says so', async () => {
  await using cluster = await begin('18-statefulset-pvc')
  await cluster.advance('10s')
  const { status } = cluster.pod('store-0').object
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  assert.deepEqual([scheduled?.status, scheduled?.reason], ['False', 'Unschedulable'])
  assert.match(scheduled?.message ?? '', /unbound immediate PersistentVolumeClaims/)
  assert.match(String(cluster.why('statefulset/store')), /unbound immediate PersistentVolumeClaims/)
})

/** Creates an object and returns what the answer warns of. */
async function warningsOf({ client }: Simulation, plural: string, value: object) {
  const { warnings = [] } = await client.transport.send(
    {
      method: 'POST',
      path: `/api/v1/namespaces/default/${plural}`,
      query: new URLSearchParams(),
      headers: {},
      user: { name: 'admin', groups: ['system:masters', 'system:authenticated'] },
      body: { kind: 'value', value },
    },
    new AbortController().signal,
  )
  return warnings.join('\n')
}

test('18: that nobody binds a claim is answered with a warning', async () => {
  await using cluster = await simulate()
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data-store-0' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }
  assert.match(await warningsOf(cluster, 'persistentvolumeclaims', claim), /no volume is bound/)
})

test('20: a quota of limits lets no pod in that has none, and the Deployment says so', async () => {
  await using cluster = await begin('20-quota-failedcreate')
  await cluster.advance('10s')
  assert.deepEqual(cluster.pods({ app: 'nolimits' }), [])
  const [replicaSet] = (await cluster.client.list(replicaSets, { namespace: 'default' })).items
  const failed = cluster.events(`replicaset/${replicaSet?.metadata.name}`)
  const [event] = failed
  assert.deepEqual([event?.type, event?.reason], ['Warning', 'FailedCreate'])
  assert.match(
    event?.message ?? '',
    /^Error creating: pods "nolimits-[a-z0-9]+-[a-z0-9]{5}" is forbidden: failed quota: small: must specify limits\.memory for: c$/,
  )
  const { status } = await cluster.client.get(deployments, {
    namespace: 'default',
    name: 'nolimits',
  })
  const condition = status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
  assert.deepEqual([condition?.status, condition?.reason], ['True', 'FailedCreate'])
  const quota = await cluster.client.get(resourceQuotas, { namespace: 'default', name: 'small' })
  assert.deepEqual(quota.status?.used, { 'limits.memory': '0', pods: '0' })
  assert.match(String(cluster.why('deployment/nolimits')), /must specify limits\.memory for: c/)
})

test('26: a rollout deletes the pod on a dead node first and waits behind it', async () => {
  await using cluster = await begin('26-daemonset-rollout-node-down', 3)
  await cluster.until(() => cluster.daemonSet('agent').ready)
  await cluster.node('node-3').crash()
  await cluster.advance('10m')
  await cluster.setImage('daemonset/agent', 'shop/agent:2')
  await cluster.advance('10m')
  assert.equal(cluster.daemonSet('agent').updatedReplicas, 0)
  const agents = cluster.pods({ app: 'agent' })
  const images = agents.map(({ node, object }) => [node, object.spec?.containers[0]?.image])
  assert.deepEqual(
    images.toSorted(),
    ['node-1', 'node-2', 'node-3'].map((node) => [node, 'shop/agent:1']),
  )
  const text = String(cluster.why('daemonset/agent'))
  assert.match(text, /blocked: pod agent-\S+ is Terminating\n {4}its node node-3 is not Ready/)
})

test('34: a subPathExpr with an undefined variable keeps the container from starting', async () => {
  await using cluster = await begin('34-subpathexpr-undefined')
  await cluster.advance('10s')
  assert.deepEqual(cluster.pod('expr').object.status?.containerStatuses?.[0]?.state?.waiting, {
    reason: 'CreateContainerConfigError',
    message: 'missing value for NOT_SET',
  })
  assert.ok(reasons(cluster, 'expr').includes('Warning Failed Error: missing value for NOT_SET'))
})

test('36: an ephemeral container is never ready, and nobody says that it has started', async () => {
  await using cluster = await begin('36-ephemeral-container-ready')
  await cluster.until(() => cluster.pod('shell').ready)
  const debug = { name: 'debug', image: 'busybox', command: ['sleep', '1000'] }
  await cluster.client.patch(
    pods,
    { name: 'shell', namespace: 'default' },
    { kind: 'strategic', patch: { spec: { ephemeralContainers: [debug] } } },
    { subresource: 'ephemeralcontainers' },
  )
  await cluster.advance('3s')
  const [status] = cluster.pod('shell').object.status?.ephemeralContainerStatuses ?? []
  assert.ok(status?.state?.running)
  assert.deepEqual([status.ready, status.started], [false, undefined])
})

test("37: the seed's shell with a typo runs on, and does not restart", async () => {
  await using cluster = await begin('37-seed-typo-sleep20')
  await cluster.advance('2m')
  assert.deepEqual([cluster.pod('ubuntu').status, cluster.pod('ubuntu').restarts], ['Running', 0])
  assert.match(String(cluster.why('pod/ubuntu')), /^pods\/ubuntu is Running and Ready/)
})
