import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StreamSession } from '#lib'
import { encodeJson, type NodeApi, type UserInfo } from '#machinery'
import { encodeCbor } from '#machinery/codec'
import { unauthorized } from '#machinery/status'
import type { AdmissionContext } from '../admission/admission.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../server-fixture.ts'
import type { AuditRule } from './policy.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
type Events = any[]

/** A server that records by rules, and the events that it has recorded. */
async function audited(
  rules: readonly AuditRule[],
  options: TestServerOptions = {},
): Promise<{ readonly server: TestServer; readonly events: Events }> {
  const events: Events = []
  const write = (line: string) => {
    assert.ok(line.endsWith('\n') && line.indexOf('\n') === line.length - 1, 'one line')
    events.push(JSON.parse(line))
    return true
  }
  const server = await startTestServer({
    audit: { policy: { rules }, sink: { write } },
    ...options,
  })
  return { server, events }
}

const configMaps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, more: object = {}) => ({
  metadata: { name },
  data: { a: 'b' },
  ...more,
})
const stagesOf = (events: readonly { readonly stage: string }[]) => events.map(({ stage }) => stage)
const never = new AbortController().signal

/** A request as one comes over the wire. */
const outside = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  ({
    method: 'GET',
    path,
    query: new URLSearchParams(),
    headers,
    remoteAddress: '192.0.2.7:4711',
  }) as const

describe('what is recorded of a request', () => {
  test('at level Metadata: who, what, whence and how it ended, and no bodies', async () => {
    const { server, events } = await audited([{ level: 'Metadata' }])
    await using _ = server
    const headers = { 'user-agent': 'test/1', 'audit-id': 'mine' }
    const answer = await server.send(
      'POST',
      `${configMaps}?fieldManager=me`,
      configMap('a'),
      headers,
    )
    assert.equal(answer.headers['audit-id'], 'mine')
    const { requestReceivedTimestamp, stageTimestamp, ...whole } = events[1]
    assert.match(requestReceivedTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    assert.equal(stageTimestamp, requestReceivedTimestamp, 'the clock stands')
    assert.deepEqual(whole, {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: 'mine',
      stage: 'ResponseComplete',
      requestURI: `${configMaps}?fieldManager=me`,
      verb: 'create',
      user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
      userAgent: 'test/1',
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason': '',
      },
    })
    const { responseStatus, annotations, objectRef, ...received } = events[0]
    assert.deepEqual([responseStatus, annotations], [undefined, undefined])
    assert.equal(received.stage, 'RequestReceived')
    assert.deepEqual(objectRef, { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' })
  })

  test('at level Request the body with its defaults, at RequestResponse the answer too', async () => {
    const { server, events } = await audited([
      { level: 'Request', verbs: ['create'], omitStages: ['RequestReceived'] },
      { level: 'RequestResponse', omitStages: ['RequestReceived'] },
    ])
    await using _ = server
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    await server.send('POST', '/api/v1/namespaces/default/pods', pod)
    assert.equal(events[0].requestObject.kind, 'Pod')
    assert.equal(events[0].requestObject.spec.restartPolicy, 'Always')
    assert.equal(events[0].responseObject, undefined)
    const { body } = await server.send('GET', '/api/v1/namespaces/default/pods/p')
    assert.deepEqual(events[1].responseObject, body)
    await server.send('GET', '/api/v1/pods')
    assert.equal(events[2].responseObject.kind, 'PodList')
    assert.equal(events[2].responseObject.items[0].metadata.name, 'p')
    assert.equal(events[2].objectRef.name, undefined)
  })

  test('the answer is kept as an object whatever bytes are made of it', async () => {
    const { server, events } = await audited([
      { level: 'RequestResponse', omitStages: ['RequestReceived'] },
    ])
    await using _ = server
    await server.send('POST', configMaps, configMap('a'))
    const kinds: string[] = []
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    for (const accept of ['application/vnd.kubernetes.protobuf', 'application/yaml', table]) {
      await server.send('GET', `${configMaps}/a`, undefined, { accept })
      await server.send('GET', configMaps, undefined, { accept })
      kinds.push(...events.slice(-2).map(({ responseObject }) => responseObject.kind))
    }
    const plain = ['ConfigMap', 'ConfigMapList']
    assert.deepEqual(kinds, [...plain, ...plain, 'Table', 'Table'])
    assert.equal(events.at(-1).responseObject.rows.length, 1)
  })

  test('patches as they came, an apply as JSON, and the options of a deletion', async () => {
    const { server, events } = await audited([
      { level: 'Request', omitStages: ['RequestReceived'] },
    ])
    await using _ = server
    const apply = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'
    const applied = { 'content-type': 'application/apply-patch+yaml' }
    await server.send('PATCH', `${configMaps}/a?fieldManager=x`, apply, applied)
    assert.deepEqual(events.at(-1).requestObject, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
    })
    const cbor = { 'content-type': 'application/apply-patch+cbor' }
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: 'y' } }
    await server.send('PATCH', `${configMaps}/a?fieldManager=x`, encodeCbor(map), cbor)
    assert.deepEqual(events.at(-1).requestObject, map)
    const patch = { data: { c: 'd' } }
    const merge = { 'content-type': 'application/merge-patch+json' }
    await server.send('PATCH', `${configMaps}/a`, patch, merge)
    assert.deepEqual(events.at(-1).requestObject, patch)
    await server.send('DELETE', `${configMaps}/a`, { propagationPolicy: 'Foreground' })
    assert.deepEqual(events.at(-1).requestObject, {
      kind: 'DeleteOptions',
      apiVersion: 'meta.k8s.io/v1',
      propagationPolicy: 'Foreground',
    })
  })

  test('managed fields go where the policy says so', async () => {
    const omitted = { level: 'RequestResponse', omitManagedFields: true } as const
    const { server, events } = await audited([
      { ...omitted, verbs: ['list'] },
      { level: 'RequestResponse' },
    ])
    await using _ = server
    await server.send('POST', configMaps, configMap('a'))
    assert.ok(events.at(-1).responseObject.metadata.managedFields)
    const { body } = await server.send('GET', configMaps)
    assert.ok(body.items[0].metadata.managedFields, 'the answer has them')
    const { metadata } = events.at(-1).responseObject.items[0]
    assert.deepEqual([metadata.name, metadata.managedFields], ['a', undefined])
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    await server.send('GET', `${configMaps}?includeObject=Object`, undefined, { accept })
    assert.equal(events.at(-1).responseObject.rows[0].object.metadata.managedFields, undefined)
  })

  test('a refusal with its Status, and which resource version an update was of', async () => {
    const { server, events } = await audited([{ level: 'Metadata' }])
    await using _ = server
    const { body } = await server.send('POST', configMaps, configMap('a'))
    await server.send('PUT', `${configMaps}/a`, { ...body, data: {} })
    const { uid, resourceVersion } = body.metadata
    assert.deepEqual(events.at(-1).objectRef, {
      ...{ resource: 'configmaps', namespace: 'default', name: 'a', uid },
      ...{ apiVersion: 'v1', resourceVersion },
    })
    await server.send('PUT', `${configMaps}/a`, { ...body, data: {} })
    const { metadata, status, reason, code, details } = events.at(-1).responseStatus
    assert.deepEqual([metadata, status, reason, code], [{}, 'Failure', 'Conflict', 409])
    assert.deepEqual(details, { name: 'a', kind: 'configmaps' })
    assert.deepEqual(Object.keys(events.at(-1).responseStatus).slice(0, 2), ['metadata', 'status'])
  })

  test('nothing where the policy says None, and the ID all the same', async () => {
    const { server, events } = await audited([
      { level: 'None', resources: [{ resources: ['secrets'] }] },
      { level: 'Metadata' },
    ])
    await using _ = server
    const secret = { metadata: { name: 's' }, stringData: { p: 'hidden' } }
    const path = '/api/v1/namespaces/default/secrets'
    const { headers } = await server.send('POST', path, secret)
    assert.match(headers['audit-id'] ?? '', /^[0-9a-f-]{36}$/)
    await server.send('GET', '/version')
    assert.deepEqual(new Set(events.map(({ requestURI }) => requestURI)), new Set(['/version']))
  })
})

describe('who asks, and from where', () => {
  const jane: UserInfo = { name: 'jane', uid: 'u', groups: ['devs'], extra: { b: ['2'], a: ['1'] } }
  const asJane = { authenticators: [{ name: 't', authenticate: () => ({ user: jane }) }] }

  test('proxies and the other side of the connection, and a long name cut short', async () => {
    const { server, events } = await audited([{ level: 'Metadata' }], asJane)
    await using _ = server
    const headers = {
      'x-forwarded-for': '198.51.100.1, nobody, 2001:DB8::1',
      'x-real-ip': '198.51.100.1',
      'user-agent': 'a'.repeat(2000),
    }
    const asked = { ...outside('/version', headers), uri: '/version?pretty' }
    const { headers: answered } = await server.api.handle(asked, never)
    const event = events.at(-1)
    assert.equal(answered['audit-id'], event.auditID)
    assert.deepEqual(event.sourceIPs, ['198.51.100.1', '2001:db8::1', '192.0.2.7'])
    assert.equal(event.userAgent, `${'a'.repeat(1024)}...TRUNCATED`)
    assert.equal(event.requestURI, '/version?pretty')
    assert.deepEqual(event.user, {
      username: 'jane',
      uid: 'u',
      groups: ['devs'],
      extra: { a: ['1'], b: ['2'] },
    })
    assert.deepEqual([event.objectRef, event.verb], [undefined, 'get'])
  })

  test('the policy looks at who asks, and the event says as whom', async () => {
    const { server, events } = await audited([{ level: 'Metadata', users: ['jane'] }], asJane)
    await using _ = server
    await server.api.handle(outside(configMaps, { 'impersonate-user': 'joe' }), never)
    assert.deepEqual(events[1].impersonatedUser, {
      username: 'joe',
      groups: ['system:authenticated'],
    })
    assert.deepEqual([events[0].impersonatedUser, events[1].user.username], [undefined, 'jane'])
  })

  test('who may not is recorded with the reason, who is not known without RequestReceived', async () => {
    const refusing: Authorizer = {
      name: 'no',
      authorize: () => ({ kind: 'noOpinion', reason: 'because' }),
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }
    const known = { level: 'RequestResponse', userGroups: ['devs'] } as const
    const options = { ...asJane, authorizer: refusing }
    const { server, events } = await audited([known], options)
    await using _ = server
    await server.api.handle(outside(configMaps), never)
    assert.deepEqual(stagesOf(events), ['RequestReceived', 'ResponseComplete'])
    assert.deepEqual(events[1].annotations, {
      'authorization.k8s.io/decision': 'forbid',
      'authorization.k8s.io/reason': 'because',
    })
    assert.equal(events[1].responseStatus.reason, 'Forbidden')
    assert.equal(events[1].responseObject.kind, 'Status')
    const away = {
      ...refusing,
      authorize: () => ({ kind: 'noOpinion', reason: '', error: 'refused' }) as const,
    }
    const failing = await audited([known], { ...asJane, authorizer: away })
    await using _failing = failing.server
    await failing.server.api.handle(outside(configMaps), never)
    assert.deepEqual(failing.events[1].annotations, {
      'authorization.k8s.io/reason': 'internal error',
    })
    assert.equal(failing.events[1].responseStatus.code, 500)
    const nobody = {
      authenticators: [{ name: 't', authenticate: () => unauthorized('Unauthorized') }],
    }
    const other = await audited([{ level: 'Metadata' }], nobody)
    await using _other = other.server
    const answer = await other.server.api.handle(outside(configMaps), never)
    assert.equal(answer.status, 401)
    assert.deepEqual(stagesOf(other.events), ['ResponseStarted'])
    assert.deepEqual(other.events[0].user, {})
    assert.equal(other.events[0].responseStatus.code, 401)
  })
})

describe('the stages of a request', () => {
  test('a watch has begun when its answer does, and completes when its reader leaves', async () => {
    const { server, events } = await audited([{ level: 'RequestResponse' }])
    await using _ = server
    const watch = await server.watch(`${configMaps}?watch=true`)
    assert.deepEqual(stagesOf(events), ['RequestReceived', 'ResponseStarted'])
    assert.deepEqual(events[1].responseStatus, { metadata: {}, code: 200 })
    await server.clock.advance(60_000)
    watch.stop()
    await server.clock.advance(0)
    assert.deepEqual(stagesOf(events).slice(2), ['ResponseComplete'])
    const [from, to] = [events[2].requestReceivedTimestamp, events[2].stageTimestamp]
    assert.equal(Date.parse(to) - Date.parse(from), 60_000)
  })

  test('a connection that leaves HTTP ends with its socket, one that is refused at once', async () => {
    // Cast: nothing is asked of the node but a command.
    const node = { exec: async () => ({}) as StreamSession } as unknown as NodeApi
    const rules = [{ level: 'Metadata', resources: [{ resources: ['pods/exec'] }] }] as const
    const { server, events } = await audited(rules, { nodes: async () => node })
    await using _ = server
    const pods = '/api/v1/namespaces/default/pods'
    const spec = { containers: [{ name: 'c', image: 'i' }], nodeName: 'n' }
    await server.send('POST', pods, { metadata: { name: 'p' }, spec })
    const left = new AbortController()
    const query = new URLSearchParams('command=ls&stdout=true')
    const connect = (name: string) => {
      const user = { name: 'a', groups: [] }
      const request = { ...outside(`${pods}/${name}/exec`), query, user }
      return server.api.connect(request, left.signal)
    }
    assert.equal((await connect('p')).kind, 'command')
    assert.deepEqual(stagesOf(events), ['RequestReceived', 'ResponseStarted'])
    assert.deepEqual(
      [events[1].responseStatus.code, events[1].objectRef.subresource],
      [101, 'exec'],
    )
    left.abort()
    assert.deepEqual(stagesOf(events).slice(2), ['ResponseComplete'])
    assert.equal((await connect('q')).kind, 'response')
    const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete']
    assert.deepEqual(stagesOf(events).slice(3), stages)
    assert.equal(events.at(-1).responseStatus.code, 404)
  })

  test('a defect of ours is a panic, and is recorded as one', async () => {
    const broken: Authorizer = {
      name: 'broken',
      authorize: () => {
        throw new TypeError('oh no')
      },
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }
    const { server, events } = await audited([{ level: 'Metadata' }], { authorizer: broken })
    await using _ = server
    await server.send('GET', configMaps)
    assert.deepEqual(stagesOf(events), ['RequestReceived', 'Panic'])
    assert.deepEqual(events[1].responseStatus, {
      metadata: {},
      status: 'Failure',
      message: "APIServer panic'd: oh no",
      reason: 'InternalError',
      code: 500,
    })
  })

  test('a request waits for its line, and is not answered where that may not be lost', async () => {
    const lines: string[] = []
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const sink = {
      write: (line: string) => (lines.push(line) > 1 ? true : promise),
    }
    const audit = { policy: { rules: [{ level: 'Metadata' }] }, sink } as const
    await using server = await startTestServer({ audit })
    const answering = server.send('POST', configMaps, configMap('a'))
    await server.clock.advance(0)
    assert.deepEqual([lines.length, server.commits.length], [1, 0])
    resolve(false)
    const { status, body } = await answering
    assert.deepEqual(
      [status, body.message],
      [500, 'Internal error occurred: failed to store audit event'],
    )
    assert.deepEqual([lines.length, server.commits.length], [1, 0])
  })
})

describe('annotations', () => {
  test('come from admission, the first of a key stays, and patches need a level with bodies', async () => {
    const admission = [
      {
        name: 'noting',
        handles: () => true,
        validate: (_: unknown, { annotate }: Pick<AdmissionContext, 'annotate'>) => {
          annotate?.('a.example.com/x', 'one')
          annotate?.('a.example.com/x', 'two')
          annotate?.('a.example.com/patch', '[]', 'Request')
        },
      },
    ]
    const rules = [{ level: 'Metadata', verbs: ['create'] }, { level: 'Request' }] as const
    const { server, events } = await audited(rules, { admission })
    await using _ = server
    await server.send('POST', configMaps, configMap('a'))
    const own = ({ annotations }: { annotations: Record<string, string> }) =>
      Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith('a.')))
    assert.deepEqual(own(events.at(-1)), { 'a.example.com/x': 'one' })
    await server.send('PUT', `${configMaps}/a`, configMap('a', { data: {} }))
    assert.deepEqual(own(events.at(-1)), { 'a.example.com/patch': '[]', 'a.example.com/x': 'one' })
  })

  test('say that a version is deprecated, and when it goes', async () => {
    const { server, events } = await audited([{ level: 'Metadata' }])
    await using _ = server
    const deprecated = () => {
      const { annotations } = events.at(-1)
      return [annotations['k8s.io/deprecated'], annotations['k8s.io/removed-release']]
    }
    await server.send('GET', '/api/v1/namespaces/default/endpoints')
    assert.deepEqual(deprecated(), ['true', undefined])
    await server.send('GET', '/apis/extensions/v1beta1/namespaces/default/deployments')
    assert.deepEqual(deprecated(), ['true', '1.16'])
    await server.send('GET', configMaps)
    assert.deepEqual(deprecated(), [undefined, undefined])
  })

  test('of Pod Security say what a pod violates', async () => {
    const { server, events } = await audited([{ level: 'Metadata' }], { standard: true })
    await using _ = server
    const labels = { 'pod-security.kubernetes.io/audit': 'restricted' }
    await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'n', labels } })
    const account = { metadata: { name: 'default' } }
    await server.send('POST', '/api/v1/namespaces/n/serviceaccounts', account)
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const { status, body } = await server.send('POST', '/api/v1/namespaces/n/pods', pod)
    assert.equal(status, 201, encodeJson(body))
    const { annotations } = events.at(-1)
    const violations = annotations['pod-security.kubernetes.io/audit-violations']
    assert.match(violations, /^would violate PodSecurity "restricted:latest"/)
    assert.equal(annotations['pod-security.kubernetes.io/enforce-policy'], 'privileged:latest')
  })
})

test('without a policy requests from outside have an ID, and those of this process cost nothing', async () => {
  await using server = await startTestServer({ authenticators: [] })
  const { headers } = await server.api.handle(outside('/version'), never)
  assert.match(headers['audit-id'] ?? '', /^[0-9a-f-]{36}$/)
  assert.equal((await server.send('GET', '/version')).headers['audit-id'], undefined)
})
