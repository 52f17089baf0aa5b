import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './index.ts'

const deployment = (replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`

const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: keep}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
`

test('a drain goes on past what a budget refuses for a while, and leaves the node empty', async () => {
  await using cluster = await simulate({ nodes: 2 })
  await cluster.apply(deployment(2) + budget.replace('\n', '\n---\n'))
  await cluster.until(() => cluster.deployment('web').available)
  await cluster.advance('1s')
  const before = cluster.pods({ app: 'web' }).map(({ name }) => name)
  await cluster.drain('node-1')
  assert.ok(cluster.pods({ app: 'web' }).every(({ node }) => node !== 'node-1'))
  assert.notDeepEqual(
    cluster.pods({ app: 'web' }).map(({ name }) => name),
    before,
  )
})

test('a drain that a budget refuses for ever says which pod and which budget', async () => {
  await using cluster = await simulate()
  await cluster.apply(deployment(1) + budget.replace('\n', '\n---\n'))
  await cluster.until(() => cluster.deployment('web').available)
  await cluster.advance('1s')
  await assert.rejects(cluster.drain('node-1', { within: '1m' }), {
    code: 'NotDrained',
    message: /web-\S+ not gone within 1m: pod default\/web-\S+: Cannot evict pod/,
  })
  const [pod] = cluster.pods({ app: 'web' })
  await assert.rejects(cluster.evict(pod?.name ?? ''), { code: 429 })
})

test('the image of a workload is set, its Events are told, and a command runs in its pod', async () => {
  await using cluster = await simulate()
  await cluster.apply(deployment(1))
  await cluster.until(() => cluster.deployment('web').available)
  await cluster.setImage('deployment/web', 'nginx:2')
  await cluster.settle()
  await cluster.advance('1m')
  const [pod] = cluster.pods({ app: 'web' })
  assert.ok(pod)
  assert.equal(pod.object.spec?.containers[0]?.image, 'nginx:2')
  assert.deepEqual(
    cluster.events(`pod/${pod.name}`).map(({ reason }) => reason),
    ['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started', 'SimulatedServer'],
  )
  assert.ok(cluster.events('deployment/web').some(({ reason }) => reason === 'ScalingReplicaSet'))
  await assert.rejects(cluster.setImage('deployment/web', 'x', { container: 'none' }), {
    code: 'NoSuchContainer',
  })
  const ran = await cluster.exec(pod.name, ['sh', '-c', 'echo hello; sleep 2; exit 3'])
  assert.deepEqual(ran, { exitCode: 3, stdout: 'hello\n', stderr: '' })
  await assert.rejects(cluster.exec('none', ['true']), { code: 404 })
})

test('every workload has a view', async () => {
  await using cluster = await simulate({ nodes: 2 })
  const template = '{metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: nginx}]}}'
  const selector = '{matchLabels: {app: x}}'
  await cluster.apply(`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {replicas: 2, serviceName: db, selector: ${selector}, template: ${template}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec: {selector: ${selector}, template: ${template}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: set}
spec: {replicas: 1, selector: ${selector}, template: ${template}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: '* * * * *'
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, '10']}]}}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: x}, ports: [{port: 80}]}
`)
  await cluster.until(() => cluster.statefulSet('db').ready && cluster.daemonSet('agent').ready)
  await cluster.until(
    () => cluster.replicaSet('set').ready && cluster.cronJob('tick').active.length > 0,
  )
  await cluster.advance('1s')
  assert.equal(cluster.statefulSet('db').updatedReplicas, 2)
  assert.equal(cluster.daemonSet('agent').replicas, 2)
  assert.equal(cluster.service('web').endpoints.length, 5)
  assert.match(cluster.service('web').clusterIP, /^10\./)
  assert.equal(cluster.cronJob('tick').lastScheduled?.getUTCSeconds(), 0)
})
