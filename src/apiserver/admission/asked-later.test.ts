import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStructuredAuthorization } from '../authz/structured/structured-authorization.ts'
import type { WebhookCall } from '../webhooks/transport.ts'
import { admissionKinds, startPolicyWorld } from './policies/policies-fixture.ts'

const webhook = {
  ...{ timeout: '3s', subjectAccessReviewVersion: 'v1', failurePolicy: 'NoOpinion' },
  ...{ cacheAuthorizedRequests: false, cacheUnauthorizedRequests: false },
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/etc/hook' },
}

/** A server that asks a webhook last of all; it allows what the test says, as `verb resource`. */
async function start(allowed: readonly string[]) {
  const asked: string[] = []
  let isDown = false
  const named = (type: string) => ({ type, name: type.toLowerCase() })
  const authorization = createStructuredAuthorization(
    { authorizers: [named('Node'), named('RBAC'), { type: 'Webhook', name: 'hook', webhook }] },
    {
      faultOf: () => undefined,
      connectionOf: () => ({ url: 'https://hook.example/', authorities: undefined }),
    },
  )
  const post = async ({ body }: WebhookCall) => {
    if (isDown) throw new Error('no route to host')
    const { resourceAttributes } = JSON.parse(Buffer.from(body).toString()).spec
    const what = `${resourceAttributes.verb} ${resourceAttributes.resource}`
    asked.push(what)
    const status = { allowed: allowed.includes(what) }
    return {
      status: 200,
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify({ status })),
    }
  }
  const world = await startPolicyWorld({ authorization, webhookTransport: { post } })
  const as = { 'impersonate-user': 'jane' }
  return {
    ...world,
    asked,
    fail() {
      isDown = true
    },
    async post(path: string, body: object) {
      const answer = world.send('POST', path, body, as)
      // Asking an authorizer costs so much that others have their turn.
      await world.clock.settle()
      return answer
    },
  }
}

const check = "authorizer.group('').resource('secrets').namespace('default').check('VERB')"
const configMaps = '/api/v1/namespaces/default/configmaps'
const map = (name: string) => ({ metadata: { name }, data: { a: 'b' } })

test('an expression waits for an authorizer that answers later, and asks it once', async () => {
  const world = await start(['create configmaps', 'sign secrets'])
  await using _ = world
  const ask = (verb: string) => check.replace('VERB', verb)
  await world.validating('signed', {
    matchConditions: [{ name: 'signer', expression: `${ask('sign')}.allowed()` }],
    variables: [
      { name: 'may', expression: `${ask('read')}.allowed() || ${ask('sign')}.allowed()` },
    ],
    validations: [
      { expression: 'variables.may' },
      { expression: `${ask('read')}.allowed()`, message: 'jane may not read' },
    ],
  })
  const { body } = await world.post(configMaps, map('one'))
  assert.equal(
    body.message,
    `configmaps "one" is forbidden: ValidatingAdmissionPolicy 'signed' with binding 'signed' denied request: jane may not read`,
  )
  // Conditions and validations have each their own view of the authorizer.
  assert.deepEqual(world.asked, [
    'create configmaps',
    'sign secrets',
    'read secrets',
    'sign secrets',
  ])
})

test('what a policy writes into an object may depend on such an authorizer', async () => {
  const world = await start(['create configmaps'])
  await using _ = world
  await world.mutating('marks', {
    matchConstraints: {
      resourceRules: [
        { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
      ],
    },
    mutations: [
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: {
          expression: `Object{data: {"read": string(${check.replace('VERB', 'read')}.allowed())}}`,
        },
      },
    ],
    failurePolicy: 'Fail',
  })
  const { status, body } = await world.post(configMaps, map('two'))
  assert.equal(status, 201, body.message)
  assert.deepEqual(body.data, { a: 'b', read: 'false' })
})

test('who may give others more than they have may be said by such an authorizer', async () => {
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
  const role = {
    metadata: { name: 'reader' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }],
  }
  const strict = await start(['create clusterroles'])
  await using _ = strict
  const refused = await strict.post(path, role)
  assert.match(refused.body.message, /is attempting to grant RBAC permissions not currently held/)
  const open = await start(['create clusterroles', 'escalate clusterroles'])
  await using __ = open
  assert.equal((await open.post(path, role)).status, 201)
})

test('who may read parameters may be said by such an authorizer', async () => {
  const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' }
  const policy = {
    metadata: { name: 'p' },
    spec: { paramKind, validations: [{ expression: 'true' }] },
  }
  const spec = {
    ...policy.spec,
    matchConstraints: {
      resourceRules: [
        { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
      ],
    },
  }
  const path = `${admissionKinds}/validatingadmissionpolicies`
  const strict = await start(['create validatingadmissionpolicies'])
  await using _ = strict
  const refused = await strict.post(path, { ...policy, spec })
  assert.match(
    refused.body.message,
    /must have "get" permission on all objects of the referenced paramKind/,
  )
  const open = await start(['create validatingadmissionpolicies', 'get configmaps'])
  await using __ = open
  const made = await open.post(path, { ...policy, spec })
  assert.equal(made.status, 201, made.body.message)
})

test('a request that nobody allows is failed where somebody could not be asked, else forbidden', async () => {
  const world = await start([])
  await using _ = world
  const asked = () => world.post(configMaps, map('x'))
  const forbidden = await asked()
  assert.deepEqual([forbidden.status, forbidden.body.reason], [403, 'Forbidden'])
  world.fail()
  const failed = await asked()
  assert.deepEqual(
    [failed.status, failed.body.message],
    [500, 'Internal error occurred: Post "https://hook.example/?timeout=3s": no route to host'],
  )
})
