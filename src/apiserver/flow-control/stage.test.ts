import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiRequest, UserInfo } from '#machinery'
import { startTestServer } from '../server-fixture.ts'

const jane: UserInfo = { name: 'jane', groups: ['system:authenticated'] }
const pods = '/api/v1/namespaces/default/pods'
const never = new AbortController().signal
const levelsPath = '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations'
const schemasPath = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas'

function asked(path: string, more: Partial<ApiRequest> = {}, query = ''): ApiRequest {
  return {
    method: 'GET',
    path,
    query: new URLSearchParams(query),
    headers: {},
    user: jane,
    isFromOutside: true,
    ...more,
  }
}

/** A server on which jane may have one request at a time, and none may wait. */
async function startNarrowServer() {
  const server = await startTestServer()
  const { send } = server
  const limited = {
    nominalConcurrencyShares: 1,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  }
  const subjects = [{ kind: 'User', user: { name: 'jane' } }]
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }
  const level = await send('POST', levelsPath, {
    metadata: { name: 'narrow' },
    spec: { type: 'Limited', limited },
  })
  const big = { ...limited, nominalConcurrencyShares: 10_000 }
  await send('POST', levelsPath, {
    metadata: { name: 'big' },
    spec: { type: 'Limited', limited: big },
  })
  const schema = await send('POST', schemasPath, {
    metadata: { name: 'jane' },
    spec: {
      priorityLevelConfiguration: { name: 'narrow' },
      matchingPrecedence: 50,
      rules: [{ subjects, resourceRules: [all] }],
    },
  })
  assert.equal(schema.status, 201, schema.body.message)
  return { server, headers: { level: level.body.metadata.uid, schema: schema.body.metadata.uid } }
}

test('an answer keeps its seats until it is sent, and tells by which way the request came', async () => {
  const { server, headers } = await startNarrowServer()
  await using _ = server
  const waiting: ((bytes: number) => void)[] = []
  const whenSent = (done: (bytes: number) => void) => waiting.push(done)
  const sent = () => {
    for (const done of waiting) done(0)
  }
  const first = await server.api.handle(asked(pods, { whenSent }), never)
  assert.equal(first.status, 200)
  assert.equal(first.headers['x-kubernetes-pf-prioritylevel-uid'], headers.level)
  assert.equal(first.headers['x-kubernetes-pf-flowschema-uid'], headers.schema)
  const second = await server.api.handle(asked(pods), never)
  assert.equal(second.status, 429)
  assert.equal(second.headers['retry-after'], '1')
  assert.equal(second.headers['x-kubernetes-pf-prioritylevel-uid'], headers.level)
  assert.ok(second.body.kind === 'bytes')
  assert.equal(second.body.contentType, 'text/plain; charset=utf-8')
  const text = Buffer.from(second.body.bytes).toString()
  assert.equal(text, 'Too many requests, please try again later.\n')
  sent()
  assert.equal((await server.api.handle(asked(pods), never)).status, 200)
})

test('a watch and what runs long take no seat while they go on', async () => {
  const { server } = await startNarrowServer()
  await using _ = server
  const stop = new AbortController()
  // Never called: the watch goes on.
  const whenSent = () => undefined
  const watch = asked(pods, { whenSent }, 'watch=1')
  assert.equal((await server.api.handle(watch, stop.signal)).body.kind, 'watch')
  assert.equal((await server.api.handle(asked(pods), never)).status, 200)
  const log = await server.api.handle(asked(`${pods}/a/log`), never)
  assert.equal(log.headers['x-kubernetes-pf-flowschema-uid'], undefined)
  stop.abort()
})

test('refusals give their seats back and tell the way too; clients in this process pass by', async () => {
  const { server, headers } = await startNarrowServer()
  await using _ = server
  for (let i = 0; i < 3; i++) {
    const missing = await server.api.handle(asked(`${pods}/missing`), never)
    assert.equal(missing.status, 404)
    assert.equal(missing.headers['x-kubernetes-pf-flowschema-uid'], headers.schema)
  }
  const inProcess = await server.send('GET', pods)
  assert.equal(inProcess.headers['x-kubernetes-pf-flowschema-uid'], undefined)
  const metrics = await server.send('GET', '/metrics')
  const served =
    'apiserver_flowcontrol_dispatched_requests_total{flow_schema="jane",priority_level="narrow"} 3'
  assert.ok(metrics.body.includes(served))
  assert.match(
    metrics.body,
    /apiserver_flowcontrol_nominal_limit_seats\{priority_level="narrow"\} 1\n/,
  )
})

test('who may not do it is told the way as well', async () => {
  await using server = await startTestServer({ standard: true })
  const forbidden = await server.api.handle(asked('/'), never)
  assert.equal(forbidden.status, 403)
  assert.equal(forbidden.headers['x-kubernetes-pf-flowschema-uid'], '')
})
