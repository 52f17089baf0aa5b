import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ruleOf, startPolicyWorld } from '../admission/policies/policies-fixture.ts'
import {
  answering,
  configuredWebhook,
  setting,
  startWorld,
} from '../admission/webhooks/webhooks-fixture.ts'
import { startTestServer } from '../server-fixture.ts'
import type { AuditOptions } from './auditor.ts'
import type { AuditLevel } from './policy.ts'

/** What is recorded of finished requests at a level: their annotations, apart from those of authorization. */
function recording(level: AuditLevel) {
  const noted: Readonly<Record<string, string>>[] = []
  const rule = { level, omitStages: ['RequestReceived'] } as const
  const write = (line: string) => {
    const { annotations = {} } = JSON.parse(line)
    const own = Object.entries<string>(annotations).filter(
      ([key]) => !key.startsWith('authorization.k8s.io/') && !key.startsWith('pod-security.'),
    )
    noted.push(Object.fromEntries(own))
    return true
  }
  const audit: AuditOptions = { policy: { rules: [rule] }, sink: { write } }
  return { audit, last: () => noted.at(-1) ?? {} }
}

const mutated = 'mutation.webhook.admission.k8s.io/round_0_index_0'
const patched = 'patch.webhook.admission.k8s.io/round_0_index_0'

test('mutating webhooks: whether they change the object, how at level Request, and what they note', async () => {
  for (const level of ['Metadata', 'Request'] as const) {
    const { audit, last } = recording(level)
    await using world = await startWorld({ audit })
    world.hook('x', setting('b', '2'))
    await world.configure('mutating', 'hooks', configuredWebhook('x'))
    await world.create()
    const ids = { configuration: 'hooks', webhook: 'x.example.com' }
    const { [patched]: patch, ...rest } = last()
    assert.deepEqual(rest, { [mutated]: JSON.stringify({ ...ids, mutated: true }) })
    const operations = [{ op: 'add', path: '/data/b', value: '2' }]
    assert.deepEqual(
      patch && JSON.parse(patch),
      level === 'Request' ? { ...ids, patch: operations, patchType: 'JSONPatch' } : undefined,
    )
  }
})

test('validating webhooks: what they note, and those that fail open', async () => {
  const { audit, last } = recording('Metadata')
  await using world = await startWorld({ audit })
  world.hook(
    'x',
    answering(() => ({ auditAnnotations: { seen: 'yes' } })),
  )
  const open = configuredWebhook('away', { failurePolicy: 'Ignore' })
  await world.configure('validating', 'hooks', configuredWebhook('x'), open)
  const { status } = await world.create()
  assert.equal(status, 201)
  assert.deepEqual(last(), {
    'x.example.com/seen': 'yes',
    'failed-open.validating.webhook.admission.k8s.io/round_0_index_1': 'away.example.com',
  })
  await using other = await startWorld({ audit })
  await other.configure('mutating', 'hooks', open)
  await other.create()
  const key = 'failed-open.mutation.webhook.admission.k8s.io/round_0_index_0'
  assert.equal(last()[key], 'away.example.com')
})

test('policies: validations that are not passed, and annotations of their own', async () => {
  const { audit, last } = recording('Metadata')
  await using world = await startPolicyWorld({ audit })
  const spec = {
    matchConstraints: { resourceRules: [ruleOf('deployments', 'apps')] },
    validations: [{ expression: 'object.spec.replicas <= 5', message: 'too many' }],
    auditAnnotations: [{ key: 'replicas', valueExpression: 'string(object.spec.replicas)' }],
  }
  await world.validating('demo', spec, { validationActions: ['Audit'] })
  await world.deploy('web', 6)
  const { 'validation.policy.admission.k8s.io/validation_failure': failure, ...rest } = last()
  assert.deepEqual(rest, { 'demo/replicas': '6' })
  assert.deepEqual(JSON.parse(failure ?? ''), [
    {
      message: 'too many',
      policy: 'demo',
      binding: 'demo',
      expressionIndex: 0,
      validationActions: ['Audit'],
    },
  ])
})

test('tokens: which one was given out, and not the token', async () => {
  const { audit, last } = recording('Request')
  await using server = await startTestServer({ audit, standard: true })
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await server.send('POST', accounts, { metadata: { name: 'robot' } })
  const { status } = await server.send('POST', `${accounts}/robot/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  })
  assert.equal(status, 201)
  const key = 'authentication.kubernetes.io/issued-credential-id'
  assert.match(last()[key] ?? '', /^JTI=[0-9a-f-]{36}$/)
})

test('what is recorded is counted under upstream’s names', async () => {
  const { audit } = recording('Metadata')
  await using server = await startTestServer({ audit })
  await server.send('GET', '/version')
  const { body } = await server.send('GET', '/metrics')
  assert.match(body, /^apiserver_audit_event_total 1$/m)
  assert.match(body, /^apiserver_audit_level_total\{level="Metadata"\} 2$/m)
  assert.match(body, /^apiserver_audit_requests_rejected_total 0$/m)
})
