import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createVirtualClock, seededRandom, silentLogger } from '#lib'
import type { UserInfo } from '#machinery'
import { parseLabelSelector } from '#machinery/selectors'
import type { WebhookCall } from '../../webhooks/transport.ts'
import type { AuthorizationAttributes, Authorizer, ResourceAttributes } from '../authorizer.ts'
import { parseAuthorizationConfiguration, type WebhookConfiguration } from './configuration.ts'
import { configuredAuthorizer } from './configured.ts'
import { createStructuredAuthorization } from './structured-authorization.ts'

const never = new AbortController().signal
const jane: UserInfo = { name: 'jane', groups: ['devs'], extra: { team: ['blue'] }, uid: 'u-1' }

const webhook: WebhookConfiguration = {
  timeout: '3s',
  authorizedTTL: '1m',
  unauthorizedTTL: '10s',
  subjectAccessReviewVersion: 'v1',
  failurePolicy: 'NoOpinion',
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/etc/hook' },
}

const files = {
  faultOf: (path: string) =>
    path === '/no/such' ? `error loading file: stat ${path}: no such file or directory` : undefined,
  connectionOf: () => ({ url: 'https://hook.example/authorize', authorities: 'pem' }),
}

const named = (type: string) => ({ type, name: type.toLowerCase() })

type Answer = object | number | Error

/** RBAC lets `rbac` do all; the webhook answers what the test says, one after the other. */
function start(authorizers: readonly object[], answers: readonly Answer[] = []) {
  const clock = createVirtualClock()
  const calls: WebhookCall[] = []
  const left = [...answers]
  const authorization = createStructuredAuthorization({ authorizers }, files)
  const rbac: Authorizer = {
    name: 'RBAC',
    authorize: ({ user }) => ({
      kind: user.name === 'rbac' ? 'allow' : 'noOpinion',
      reason: 'rbac',
    }),
    rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
  }
  const post = async (call: WebhookCall) => {
    calls.push(call)
    const answer = left.shift() ?? new Error('nobody answers')
    if (answer instanceof Error) throw answer
    const isStatus = typeof answer === 'number'
    const body = isStatus ? 'no' : JSON.stringify({ status: answer })
    return {
      status: isStatus ? answer : 200,
      contentType: isStatus ? 'text/plain' : 'application/json',
      body: Buffer.from(body),
    }
  }
  const authorizer = configuredAuthorizer(authorization, {
    ...{ node: { ...rbac, name: 'Node' }, rbac, clock, random: seededRandom(1) },
    ...{ log: silentLogger, transport: { post } },
  })
  const ask = (more: Partial<ResourceAttributes> = {}) =>
    authorizer.authorize({ ...pods, ...more }, never)
  return { clock, calls, authorization, authorizer, ask }
}

const pods: ResourceAttributes = {
  kind: 'resource',
  user: jane,
  verb: 'list',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'ns',
  name: '',
}

const hook = (more: object = {}) => ({
  type: 'Webhook',
  name: 'hook',
  webhook: { ...webhook, ...more },
})
const specIn = (call: WebhookCall | undefined) =>
  JSON.parse(Buffer.from(call?.body ?? '').toString())

describe('a webhook', () => {
  test('is asked by the very URL of its kubeconfig, about all that a request wants', async () => {
    const { ask, calls } = start([hook()], [{ allowed: true, reason: 'yes' }])
    const labelSelector = parseLabelSelector('app in (a,b),!old')
    const fieldSelector = [{ field: 'spec.nodeName', operator: '!=', value: 'n' }] as const
    assert.deepEqual(await ask({ labelSelector, fieldSelector }), { kind: 'allow', reason: 'yes' })
    const [call] = calls
    assert.deepEqual(
      [call?.place, call?.path, call?.authorities, call?.method],
      [{ kind: 'url', host: 'hook.example', port: 443 }, '/authorize?timeout=3s', 'pem', undefined],
    )
    assert.deepEqual(specIn(call), {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: {
        resourceAttributes: {
          namespace: 'ns',
          verb: 'list',
          version: 'v1',
          resource: 'pods',
          fieldSelector: {
            requirements: [{ key: 'spec.nodeName', operator: 'NotIn', values: ['n'] }],
          },
          labelSelector: {
            requirements: [
              { key: 'app', operator: 'In', values: ['a', 'b'] },
              { key: 'old', operator: 'DoesNotExist' },
            ],
          },
        },
        user: 'jane',
        groups: ['devs'],
        extra: { team: ['blue'] },
        uid: 'u-1',
      },
      status: { allowed: false },
    })
  })

  test('is asked in the older version where that is wanted', async () => {
    const { authorizer, calls } = start([hook({ subjectAccessReviewVersion: 'v1beta1' })], [{}])
    const asked: AuthorizationAttributes = {
      kind: 'nonResource',
      user: jane,
      verb: 'get',
      path: '/x',
    }
    assert.deepEqual(await authorizer.authorize(asked, never), { kind: 'noOpinion', reason: '' })
    const { apiVersion, spec } = specIn(calls[0])
    assert.equal(apiVersion, 'authorization.k8s.io/v1beta1')
    assert.deepEqual([spec.group, spec.groups], [['devs'], undefined])
    assert.deepEqual(spec.nonResourceAttributes, { path: '/x', verb: 'get' })
  })

  test('is not asked again for as long as its answer holds, allowed or not', async () => {
    const { ask, calls, clock } = start([hook()], [{ allowed: true }, {}, { allowed: true }, {}])
    for (const _ of [1, 2]) assert.equal((await ask()).kind, 'allow')
    for (const _ of [1, 2]) assert.equal((await ask({ verb: 'watch' })).kind, 'noOpinion')
    assert.equal(calls.length, 2)
    await clock.advance(10_000)
    assert.equal((await ask({ verb: 'watch' })).kind, 'allow')
    assert.equal((await ask()).kind, 'allow')
    assert.equal(calls.length, 3)
    await clock.advance(60_000)
    assert.equal((await ask()).kind, 'noOpinion')
    const unkept = start([hook({ cacheAuthorizedRequests: false })], [{ allowed: true }, {}])
    assert.equal((await unkept.ask()).kind, 'allow')
    assert.equal((await unkept.ask()).kind, 'noOpinion')
  })

  test('that denies ends the matter; one that says nothing leaves it to the next', async () => {
    const user = { name: 'rbac', groups: [] }
    const deny = start([hook(), named('RBAC')], [{ denied: true, reason: 'never' }])
    assert.deepEqual(await deny.ask({ user }), { kind: 'deny', reason: 'never' })
    const other = start([hook(), named('RBAC')], [{}])
    assert.equal((await other.ask({ user })).kind, 'allow')
    const both = start([hook(), named('RBAC')], [{ denied: true, allowed: true }])
    assert.deepEqual(await both.ask({ user }), {
      kind: 'deny',
      reason: '',
      error: 'webhook subject access review returned both allow and deny response',
    })
    const masters = start([hook(), named('RBAC')])
    const root = { name: 'root', groups: ['system:masters'] }
    assert.equal((await masters.ask({ user: root })).kind, 'allow')
    assert.equal(masters.calls.length, 0)
  })

  test('that fails says nothing, or denies, as its policy wants', async () => {
    const error = 'Post "https://hook.example/authorize?timeout=3s": nobody answers'
    const open = start([hook(), named('RBAC')])
    assert.deepEqual(await open.ask(), { kind: 'noOpinion', reason: 'rbac', error })
    assert.equal((await open.ask({ user: { name: 'rbac', groups: [] } })).kind, 'allow')
    const closed = start([hook({ failurePolicy: 'Deny' }), named('RBAC')])
    assert.deepEqual(await closed.ask({ user: { name: 'rbac', groups: [] } }), {
      kind: 'deny',
      reason: '',
      error,
    })
  })

  test('is tried again where it may go better soon, and given up after five times', async () => {
    const later = start([hook()], [500, 429, { allowed: true }])
    const allowed = later.ask()
    await later.clock.advance(5_000)
    assert.equal((await allowed).kind, 'allow')
    const never500 = start([hook()], [500, 500, 500, 500, 500, { allowed: true }])
    const given = never500.ask()
    await never500.clock.advance(60_000)
    assert.match(`${(await given).error}`, /an error on the server \("no"\) has prevented/)
    assert.equal(never500.calls.length, 5)
    const refused = start([hook()], [403, { allowed: true }])
    assert.match(`${(await refused.ask()).error}`, /no/)
    assert.equal(refused.calls.length, 1)
  })

  test('is asked only where its conditions hold', async () => {
    const matchConditions = [
      { expression: "!('system:nodes' in request.groups)" },
      {
        expression:
          "has(request.resourceAttributes) && request.resourceAttributes.namespace == 'ns'",
      },
    ]
    const conditions = { matchConditions, matchConditionSubjectAccessReviewVersion: 'v1' }
    const { ask, calls } = start([hook(conditions)], [{ allowed: true }])
    assert.equal((await ask({ namespace: 'other' })).kind, 'noOpinion')
    assert.equal((await ask({ user: { name: 'n', groups: ['system:nodes'] } })).kind, 'noOpinion')
    assert.equal(calls.length, 0)
    assert.equal((await ask()).kind, 'allow')
    const failing = {
      ...conditions,
      matchConditions: [{ expression: "request.extra['x'][0] == 'y'" }],
    }
    const broken = start([hook({ ...failing, failurePolicy: 'Deny' })])
    assert.deepEqual(await broken.ask(), {
      kind: 'deny',
      reason: '',
      error:
        "cel evaluation error: expression 'request.extra['x'][0] == 'y'' resulted in error: no such key: x",
    })
  })

  test('does not know what somebody may do in general', async () => {
    const { authorizer } = start([hook(), named('AlwaysAllow')])
    const rules = await authorizer.rulesFor(jane, 'ns', never)
    assert.deepEqual(
      [rules.incomplete, rules.evaluationError, rules.resourceRules.length],
      [true, 'webhook authorizer does not support user rule resolution', 1],
    )
  })
})

describe('an AuthorizationConfiguration', () => {
  test('may be replaced, but keeps the types that it began with', async () => {
    const { ask, authorization } = start([named('Node'), named('RBAC')])
    assert.equal((await ask()).kind, 'noOpinion')
    const replace = (...authorizers: readonly object[]) =>
      authorization.replace({ authorizers }, files)
    assert.throws(() => replace(named('RBAC')), { message: 'missing required types: [Node]' })
    replace(named('Node'), named('RBAC'), named('AlwaysAllow'))
    assert.equal((await ask()).kind, 'allow')
    replace(named('Node'), named('RBAC'), named('AlwaysDeny'))
    assert.deepEqual(await ask(), {
      kind: 'noOpinion',
      reason: 'rbac\nrbac\nEverything is forbidden.',
    })
    const small = start([named('AlwaysAllow')])
    assert.throws(
      () =>
        small.authorization.replace({ authorizers: [named('AlwaysAllow'), named('RBAC')] }, files),
      {
        message:
          'authorizer type RBAC is not allowed if it was not enabled at initial server startup',
      },
    )
  })

  const file = (...authorizers: readonly object[]) =>
    JSON.stringify({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthorizationConfiguration',
      authorizers,
    })
  const conditions = (...expressions: readonly string[]) =>
    file(
      hook({
        matchConditionSubjectAccessReviewVersion: 'v1',
        matchConditions: expressions.map((expression) => ({ expression })),
      }),
    )
  const connection = (connectionInfo: object) => file(hook({ connectionInfo }))
  const info = 'authorizers[0].connectionInfo'
  const faults: readonly (readonly [content: string, fault: string])[] = [
    [file(), 'authorizers: Required value: at least one authorization mode must be defined'],
    [file({ name: 'a' }), 'authorizers[0].type: Required value'],
    [
      file({ type: 'Foo', name: 'a' }),
      'authorizers[0].type: Unsupported value: "Foo": supported values: "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
    ],
    [
      file(named('RBAC'), { type: 'RBAC', name: 'more' }),
      'authorizers[1].type: Duplicate value: "RBAC"',
    ],
    [file({ type: 'RBAC' }), 'authorizers[0].name: Required value'],
    [file(hook(), hook()), 'authorizers[1].name: Duplicate value: "hook"'],
    [
      file({ ...hook(), name: 'A' }),
      `authorizers[0].name: Invalid value: "A": authorizer name is invalid: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [
      file({ type: 'RBAC', name: 'mine' }),
      'expected name rbac for authorizer RBAC instead of mine',
    ],
    [
      file({ type: 'Webhook', name: 'w' }),
      'authorizers[0].webhook: Required value: required when type=Webhook',
    ],
    [
      file({ ...named('RBAC'), webhook }),
      'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
    ],
    [file(hook({ timeout: '0s' })), 'authorizers[0].timeout: Required value'],
    [
      file(hook({ timeout: '31s' })),
      'authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s',
    ],
    [
      file(hook({ authorizedTTL: '-1s' })),
      'authorizers[0].authorizedTTL: Invalid value: "-1s": must be > 0s',
    ],
    [
      file(hook({ subjectAccessReviewVersion: 'v2' })),
      'authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1"',
    ],
    [
      file(hook({ matchConditions: [{ expression: 'true' }] })),
      'authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified',
    ],
    [
      file(hook({ failurePolicy: 'Open' })),
      'authorizers[0].failurePolicy: Unsupported value: "Open": supported values: "NoOpinion", "Deny"',
    ],
    [connection({}), `${info}.type: Required value`],
    [
      connection({ type: 'InClusterConfig', kubeConfigFile: '/x' }),
      `${info}.kubeConfigFile: Invalid value: "/x": can only be set when type=KubeConfigFile`,
    ],
    [
      connection({ type: 'InClusterConfig' }),
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
    ],
    [connection({ type: 'KubeConfigFile' }), `${info}.kubeConfigFile: Required value`],
    [
      connection({ type: 'KubeConfigFile', kubeConfigFile: 'x' }),
      `${info}.kubeConfigFile: Invalid value: "x": must be an absolute path`,
    ],
    [
      connection({ type: 'KubeConfigFile', kubeConfigFile: '/no/such' }),
      `${info}.kubeConfigFile: Invalid value: "/no/such": error loading file: stat /no/such: no such file or directory`,
    ],
    [conditions(' '), 'authorizers[0].matchConditions[0].expression: Required value'],
    [
      conditions('true', 'true'),
      'authorizers[0].matchConditions[1].expression: Duplicate value: "true"',
    ],
    [
      conditions('request.user'),
      'authorizers[0].matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool but got string',
    ],
    [
      conditions('foo'),
      `authorizers[0].matchConditions[0].expression: Invalid value: "foo": compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo\n | ^`,
    ],
    [
      file({ ...named('RBAC'), more: 1 }),
      'failed to load AuthorizationConfiguration from file: strict decoding error: unknown field "authorizers[0].more"',
    ],
    [file(named('Node'), named('RBAC'), hook(conditions)), ''],
  ]
  for (const [i, [content, fault]] of faults.entries()) {
    test(`${fault === '' ? 'is taken' : `is refused: ${fault.slice(0, 90)}`} (${i})`, () => {
      const read = () =>
        createStructuredAuthorization(parseAuthorizationConfiguration(content), files)
      if (fault === '') read()
      else assert.throws(read, { message: fault })
    })
  }
})
