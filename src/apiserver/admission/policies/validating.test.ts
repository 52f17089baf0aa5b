import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  admissionKinds,
  configMapsPath,
  deploymentsPath,
  ruleOf,
  startPolicyWorld,
} from './policies-fixture.ts'

const fiveReplicas = { validations: [{ expression: 'object.spec.replicas <= 5' }] }
const atDeployments = { matchConstraints: { resourceRules: [ruleOf('deployments', 'apps')] } }

test('a policy denies what breaks it, in the words of upstream', async () => {
  await using world = await startPolicyWorld()
  await world.validating('demo', { ...atDeployments, ...fiveReplicas })
  const { status, body } = await world.deploy('web', 6)
  assert.equal(status, 422)
  const why =
    "ValidatingAdmissionPolicy 'demo' with binding 'demo' denied request: failed expression: object.spec.replicas <= 5"
  assert.deepEqual(body, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `deployments.apps "web" is forbidden: ${why}`,
    reason: 'Invalid',
    details: { name: 'web', group: 'apps', kind: 'deployments', causes: [{ message: why }] },
    code: 422,
  })
  assert.equal((await world.deploy('web', 5)).status, 201)
  const patched = await world.send(
    'PATCH',
    `${deploymentsPath}/web`,
    { spec: { replicas: 7 } },
    {
      'content-type': 'application/merge-patch+json',
    },
  )
  assert.equal(patched.status, 422)
  assert.equal((await world.send('DELETE', `${deploymentsPath}/web`)).status, 200)
})

test('a policy without a binding holds nowhere, and is gone with it', async () => {
  await using world = await startPolicyWorld()
  await world.validating('demo', fiveReplicas, null)
  assert.equal((await world.deploy('a', 6)).status, 201)
  await world.send('POST', `${admissionKinds}/validatingadmissionpolicybindings`, {
    metadata: { name: 'late' },
    spec: { policyName: 'demo', validationActions: ['Deny'] },
  })
  assert.equal((await world.deploy('b', 6)).status, 422)
  await world.send('DELETE', `${admissionKinds}/validatingadmissionpolicies/demo`)
  assert.equal((await world.deploy('b', 6)).status, 201)
})

test('messages are expressed, written, or that of the expression; a reason has its code', async () => {
  await using world = await startPolicyWorld()
  const message = async (validation: object) => {
    await world.validating('p', {
      validations: [{ expression: 'object.spec.replicas <= 5', ...validation }],
    })
    const { body } = await world.deploy('web', 6)
    for (const kind of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings']) {
      await world.send('DELETE', `${admissionKinds}/${kind}/p`)
    }
    return [body.code, body.reason, body.message.split('denied request: ')[1]]
  }
  assert.deepEqual(await message({ message: ' too many ', reason: 'Forbidden' }), [
    403,
    'Forbidden',
    'too many',
  ])
  assert.deepEqual(
    await message({
      message: 'not this one',
      messageExpression: "'at most 5, not ' + string(object.spec.replicas)",
      reason: 'RequestEntityTooLarge',
    }),
    [413, 'RequestEntityTooLarge', 'at most 5, not 6'],
  )
  for (const broken of ['string(object.nothing.there)', "'a\\nb'", "'  '"]) {
    assert.deepEqual(await message({ message: 'this one', messageExpression: broken }), [
      422,
      'Invalid',
      'this one',
    ])
  }
})

test('actions warn or leave it at an audit', async () => {
  await using world = await startPolicyWorld()
  await world.validating('demo', fiveReplicas, { validationActions: ['Warn', 'Audit'] })
  const { status, warnings } = await world.deploy('web', 6)
  assert.equal(status, 201)
  assert.deepEqual(warnings, [
    "Validation failed for ValidatingAdmissionPolicy 'demo' with binding 'demo': failed expression: object.spec.replicas <= 5",
  ])
})

test('an expression that fails denies, unless failures are ignored', async () => {
  await using world = await startPolicyWorld()
  const broken = { validations: [{ expression: 'object.spec.nothing == 1' }] }
  await world.validating('ignoring', { ...broken, failurePolicy: 'Ignore' })
  assert.equal((await world.deploy('a', 1)).status, 201)
  await world.validating('failing', broken)
  const { body } = await world.deploy('b', 1)
  assert.match(
    body.message,
    /with binding 'failing' denied request: expression 'object.spec.nothing == 1' resulted in error: no such key: nothing$/,
  )
})

test('variables are evaluated once, when they are needed, and know those before them', async () => {
  await using world = await startPolicyWorld()
  await world.validating('demo', {
    variables: [
      { name: 'replicas', expression: 'object.spec.replicas' },
      { name: 'bound', expression: 'variables.replicas > 3 ? 10 : 5' },
      { name: 'broken', expression: 'object.nothing' },
    ],
    validations: [
      {
        expression: 'variables.bound == 5',
        messageExpression: "'bound ' + string(variables.bound)",
      },
      { expression: 'variables.replicas < 9 || variables.broken == 1' },
    ],
  })
  assert.equal((await world.deploy('a', 1)).status, 201)
  assert.match((await world.deploy('a', 4)).body.message, /denied request: bound 10$/)
})

test('an error of a variable is that of the expression that needs it', async () => {
  await using world = await startPolicyWorld()
  await world.validating('demo', {
    variables: [{ name: 'broken', expression: 'object.nothing' }],
    validations: [{ expression: 'variables.broken == 1' }],
  })
  assert.match(
    (await world.deploy('b', 1)).body.message,
    /denied request: expression 'variables.broken == 1' resulted in error: composited variable "broken" fails to evaluate: no such key: nothing$/,
  )
})

test('conditions and rules say which requests a policy is about', async () => {
  await using world = await startPolicyWorld()
  await world.validating('demo', {
    matchConditions: [
      {
        name: 'not-exempt',
        expression: "!has(object.metadata.labels) || !('exempt' in object.metadata.labels)",
      },
      { name: 'of-people', expression: "request.userInfo.username == 'admin'" },
    ],
    matchConstraints: {
      resourceRules: [ruleOf('configmaps')],
      excludeResourceRules: [ruleOf('configmaps', '', { resourceNames: ['free'] })],
    },
    validations: [{ expression: 'false' }],
  })
  assert.equal((await world.configure('a')).status, 422)
  assert.equal((await world.configure('b', {}, { labels: { exempt: 'yes' } })).status, 201)
  assert.equal((await world.configure('free')).status, 201)
  assert.equal((await world.deploy('web', 1)).status, 201)
})

test('expressions see the request, the namespace and what stood there before', async () => {
  await using world = await startPolicyWorld()
  const both =
    'request.operation == "CREATE" ? oldObject == null : oldObject.data.a == object.data.a'
  await world.validating('demo', {
    matchConstraints: { resourceRules: [ruleOf('configmaps')] },
    validations: [
      { expression: "namespaceObject.metadata.labels['tier'] == 'one'" },
      {
        expression: 'request.kind.kind == "ConfigMap" && request.resource.resource == "configmaps"',
      },
      { expression: 'request.dryRun == false && request.namespace == "default"' },
      { expression: both, message: 'a stays' },
    ],
  })
  assert.equal((await world.configure('a', { a: '1' })).status, 201)
  const put = (a: string) =>
    world.send('PUT', `${configMapsPath}/a`, { metadata: { name: 'a' }, data: { a } })
  assert.equal((await put('1')).status, 200)
  assert.match((await put('2')).body.message, /a stays$/)
})

test('deletions are judged by what is deleted', async () => {
  await using world = await startPolicyWorld()
  await world.validating('keep', {
    matchConstraints: {
      resourceRules: [ruleOf('configmaps', '', { operations: ['DELETE'] })],
    },
    validations: [{ expression: "object == null && oldObject.metadata.name != 'kept'" }],
  })
  await world.configure('kept')
  await world.configure('other')
  assert.equal((await world.send('DELETE', `${configMapsPath}/kept`)).status, 422)
  assert.equal((await world.send('DELETE', `${configMapsPath}/other`)).status, 200)
})

test('the authorizer is asked about who sends the request', async () => {
  await using world = await startPolicyWorld()
  await world.validating('demo', {
    validations: [
      {
        expression:
          "authorizer.group('').resource('secrets').namespace('default').check('get').allowed() && authorizer.requestResource.check('custom').allowed()",
      },
    ],
  })
  assert.equal((await world.configure('a')).status, 201)
})

test('policies do not hold for policies', async () => {
  await using world = await startPolicyWorld()
  await world.validating('nothing', {
    matchConstraints: {
      resourceRules: [
        { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] },
      ],
    },
    validations: [{ expression: 'false' }],
  })
  assert.equal((await world.configure('a')).status, 422)
  assert.equal(
    (await world.send('DELETE', `${admissionKinds}/validatingadmissionpolicies/nothing`)).status,
    200,
  )
})

test('an equivalent resource is judged as the policy knows it', async () => {
  await using world = await startPolicyWorld()
  const scale = { resourceRules: [ruleOf('deployments/scale', 'apps')] }
  await world.validating('scales', {
    matchConstraints: scale,
    validations: [{ expression: 'object.spec.replicas < 4 && object.kind == "Scale"' }],
  })
  await world.deploy('web', 1)
  const put = (replicas: number) =>
    world.send('PUT', `${deploymentsPath}/web/scale`, {
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas },
    })
  assert.equal((await put(3)).status, 200)
  assert.equal((await put(4)).status, 422)
})

test('what policies cost is bounded, and others have their turn meanwhile', async () => {
  await using world = await startPolicyWorld()
  const loop = 'lists.range(30000).all(x, x >= 0)'
  await world.validating('loops', {
    matchConstraints: { resourceRules: [ruleOf('configmaps')] },
    validations: Array.from({ length: 70 }, () => ({ expression: loop })),
  })
  const order: string[] = []
  const costly = world.configure('a').then((answer) => {
    order.push('costly')
    return answer
  })
  const others = async () => {
    for (let i = 0; i < 20; i++) await world.clock.turn()
    order.push('others')
  }
  const waiting = others()
  await world.clock.settle()
  await waiting
  const { body } = await costly
  assert.match(
    body.message,
    /denied request: validation failed due to running out of cost budget, no further validation rules will be run$/,
  )
  assert.deepEqual(order, ['others', 'costly'])
})

test('long policies are read with others’ turn in between, when a request first meets them', async () => {
  await using world = await startPolicyWorld()
  const long = Array(300).fill('object.metadata.name != "b"').join(' && ')
  await world.validating('long', {
    matchConstraints: { resourceRules: [ruleOf('configmaps')] },
    variables: [{ name: 'long', expression: long }],
    matchConditions: [{ name: 'long', expression: long }],
    validations: Array.from({ length: 10 }, () => ({ expression: long })),
    auditAnnotations: [{ key: 'a', valueExpression: '"x"' }],
  })
  const order: string[] = []
  const made = world.configure('a').then(({ status }) => order.push(`${status}`))
  const others = async () => {
    for (let i = 0; i < 2; i++) await world.clock.turn()
    order.push('others')
  }
  const waiting = others()
  await world.clock.settle()
  await Promise.all([made, waiting])
  assert.deepEqual(order, ['others', '201'])
})
