import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodes } from '#api'
import { type Simulation, simulate } from '#testing'
import { readMetrics } from '../../../src/lib/metrics/text-format-fixture.ts'

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "nginx:1.27", resources: {requests: {cpu: "1"}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: huge}
spec:
  containers: [{name: a, image: "nginx:1.27", resources: {requests: {cpu: "1000"}}}]
`

async function metricsAt({ client }: Simulation, path: string) {
  const { body } = await client.transport.send(
    {
      method: 'GET',
      path,
      query: new URLSearchParams(),
      headers: {},
      user: { name: 'admin', groups: ['system:masters'] },
    },
    new AbortController().signal,
  )
  if (body.kind === 'bytes') return readMetrics(Buffer.from(body.bytes).toString())
  if (body.kind === 'pieces') return readMetrics(Buffer.concat([...body.pieces]).toString())
  assert(body.kind === 'stream', body.kind)
  const chunks: Uint8Array[] = []
  for await (const chunk of body.chunks) chunks.push(chunk)
  return readMetrics(Buffer.concat(chunks).toString())
}

const probed = `
apiVersion: v1
kind: Pod
metadata: {name: probed}
spec:
  containers:
  - name: web
    image: "nginx:1.27"
    ports: [{containerPort: 80}]
    readinessProbe: {httpGet: {port: 80}, periodSeconds: 5}
`

test('a kubelet tells what runs on its node, and what its probes have found', async () => {
  await using cluster = await simulate({ nodes: 1 })
  await cluster.apply(probed)
  await cluster.advance('1m')
  const [node] = cluster.list(nodes)
  const families = await metricsAt(cluster, `/api/v1/nodes/${node?.metadata.name}/proxy/metrics`)
  const samples = (name: string) => families.get(name)?.samples ?? new Map<string, number>()
  assert.equal(samples('kubelet_node_name').get(`{node="${node?.metadata.name}"}`), 1)
  assert.equal(samples('kubelet_running_pods').get('{}'), 1)
  assert.equal(samples('kubelet_running_containers').get('{container_state="running"}'), 1)
  assert((samples('kubelet_pleg_relist_duration_seconds').get('_count{}') ?? 0) >= 1)
  const [probe, count = 0] = [...samples('prober_probe_total')][0] ?? []
  assert.match(String(probe), /container="web",.*probe_type="Readiness",result="successful"/)
  assert(count > 5)
})

test('the metrics of a cluster tell dashboards what its parts have done', async () => {
  await using cluster = await simulate({ nodes: 2 })
  await cluster.apply(deployment)
  await cluster.advance('2m')
  const families = await metricsAt(cluster, '/metrics')
  const value = (name: string, series: string) => families.get(name)?.samples.get(series) ?? 0
  const scheduled = '{profile="default-scheduler",result="scheduled"}'
  assert.equal(value('scheduler_schedule_attempts_total', scheduled), 3)
  const refused = '{profile="default-scheduler",result="unschedulable"}'
  assert(value('scheduler_schedule_attempts_total', refused) >= 1)
  assert.equal(value('scheduler_pending_pods', '{queue="unschedulable"}'), 1)
  assert.equal(
    value('scheduler_queue_incoming_pods_total', '{event="UnscheduledPodAdd",queue="active"}'),
    4,
  )
  const sli = 'scheduler_pod_scheduling_sli_duration_seconds'
  assert.equal(value(sli, '_count{attempts="1"}'), 3)
  const points = 'scheduler_framework_extension_point_duration_seconds'
  for (const [point, status] of [
    ['Bind', 'Success'],
    ['Filter', 'Unschedulable'],
    ['Score', 'Success'],
  ]) {
    const series = `_count{extension_point="${point}",profile="default-scheduler",status="${status}"}`
    assert(value(points, series) >= 1, series)
  }
  assert(value('scheduler_preemption_attempts_total', '{}') >= 1)
  assert(value('workqueue_adds_total', '{name="deployment"}') >= 1)
  assert(value('workqueue_work_duration_seconds', '_count{name="endpoint_slice"}') >= 0)
  assert.equal(value('workqueue_depth', '{name="replicaset"}'), 0)
  const posts = '{code="201",host="in-process",method="POST"}'
  assert(value('rest_client_requests_total', posts) >= 4)
  assert.equal(value('apiserver_resource_objects', '{group="",resource="pods"}'), 4)
})
