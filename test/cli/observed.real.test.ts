import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Collector, startCollector } from '../../src/cluster/tracing/collector-fixture.ts'
import { type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'

const directory = mkdtempSync(join(tmpdir(), 'knarr-observed-'))
const [policy, log, tracing] = ['policy.yaml', 'audit.log', 'tracing.yaml'].map((name) =>
  join(directory, name),
) as [string, string, string]
let collector: Collector
let cluster: RealCluster

before(async () => {
  collector = await startCollector()
  writeFileSync(
    policy,
    `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{ level: Metadata, userGroups: ["system:masters"] }]
`,
  )
  writeFileSync(
    tracing,
    `apiVersion: apiserver.config.k8s.io/v1
kind: TracingConfiguration
endpoint: ${collector.endpoint}
samplingRatePerMillion: 1000000
`,
  )
  const audit = ['--audit-policy-file', policy, '--audit-log-path', log]
  cluster = await startRealCluster(...audit, '--tracing-config-file', tracing)
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await collector?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

test('a request of kubectl is in the audit log and in the traces, under the same ID', async () => {
  await cluster.kubectl('create', 'configmap', 'seen', '--from-literal=a=b')
  const event = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'seen')
  assert.deepEqual(
    [event.user.username, event.responseStatus.code, event.level],
    ['kubernetes-admin', 201, 'Metadata'],
  )
  // The rest is sent when the server stops.
  await cluster.stopAndStart()
  const spans = collector.messages.flatMap(
    ({ resourceSpans }) => resourceSpans[0].scopeSpans[0].spans,
  )
  const about = (name: string) =>
    spans.filter(
      (span) =>
        span.name === name &&
        span.attributes.some(
          (each: { readonly key: string; readonly value: { readonly stringValue?: string } }) =>
            each.key === 'audit-id' && each.value.stringValue === event.auditID,
        ),
    )
  const created = about('POST /api/v1/namespaces/{:namespace}/configmaps')
  assert.equal(created.length, 1)
  assert.equal(about('Create').length, 1)
  const [stored] = about('Create etcd3')
  assert.deepEqual(stored.traceId, created[0].traceId)
})

test('health is shown check by check', async () => {
  const text = await cluster.kubectl('get', '--raw', '/readyz?verbose')
  const names = text.split('\n').flatMap((line) => line.split(' ')[0]?.slice(3) ?? [])
  for (const name of ['etcd', 'informer-sync', 'poststarthook/rbac/bootstrap-roles', 'shutdown']) {
    assert.ok(names.includes(name), `${name} in ${text}`)
  }
  assert.match(text, /readyz check passed\n$/)
})
