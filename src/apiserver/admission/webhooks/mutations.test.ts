import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  admissionRoot,
  answering,
  configuredWebhook,
  mapsPath,
  received,
  setting,
  startWorld,
} from './webhooks-fixture.ts'

test('mutating webhooks are asked by the names of their configurations, each about what the one before made', async () => {
  await using world = await startWorld()
  await world.configure('mutating', 'b', configuredWebhook('third'))
  await world.configure('mutating', 'a', configuredWebhook('second'), configuredWebhook('first'))
  for (const name of ['first', 'second', 'third']) world.hook(name, setting(name, name))
  await world.configure('validating', 'v', configuredWebhook('sees'))
  world.hook(
    'sees',
    answering(() => ({})),
  )
  const { status, body } = await world.create()
  assert.equal(status, 201)
  assert.deepEqual(body.data, { a: '1', first: 'first', second: 'second', third: 'third' })
  const seen = world.transport.sent.map(({ call, body: review }) => [
    call.path.slice(1, call.path.indexOf('?')),
    Object.keys(review.request.object.data).length,
  ])
  assert.deepEqual(seen, [
    ['second', 1],
    ['first', 2],
    ['third', 3],
    ['sees', 4],
  ])
})

const patches: readonly [name: string, response: object, why: string][] = [
  [
    'that is none',
    { patchType: 'JSONPatch', patch: Buffer.from('{').toString('base64') },
    `failed calling webhook "x.example.com": received undecodable patch in webhook response: Expected property name or '}' in JSON at position 1 (line 1 column 2)`,
  ],
  [
    'of another type',
    { patchType: 'MergePatch', patch: Buffer.from('[{}]').toString('base64') },
    'failed calling webhook "x.example.com": unsupported patch type "MergePatch"',
  ],
  [
    'without its type',
    { patch: Buffer.from('[{}]').toString('base64') },
    `${received}: webhook returned response.patch but not response.patchType`,
  ],
  [
    'of nothing',
    { patchType: 'JSONPatch' },
    `${received}: webhook returned response.patchType but not response.patch`,
  ],
  [
    'that does not apply',
    {
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"remove","path":"/data/b"}]').toString('base64'),
    },
    "error in remove for path: '/data/b': Unable to remove nonexistent key: b: missing value",
  ],
  [
    'of what is not there',
    {
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"add","path":"/binaryData/b","value":""}]').toString('base64'),
    },
    'add operation does not apply: doc is missing path: "/binaryData/b": missing value',
  ],
  [
    'that makes another type of it',
    {
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"replace","path":"/data","value":1}]').toString('base64'),
    },
    'json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string',
  ],
]
for (const [name, response, why] of patches) {
  test(`a patch ${name} is refused`, async () => {
    await using world = await startWorld()
    await world.configure('mutating', 'x', configuredWebhook('x'))
    world.hook('x', ({ apiVersion, request: { uid } }) => ({
      ...{ kind: 'AdmissionReview', apiVersion },
      response: { uid, allowed: true, ...response },
    }))
    const { status, body } = await world.create()
    assert.deepEqual([status, body.message], [500, `Internal error occurred: ${why}`])
  })
}

test('a validating webhook may not change anything', async () => {
  await using world = await startWorld()
  await world.configure('validating', 'x', configuredWebhook('x'))
  world.hook('x', setting('b', '2'))
  const { body } = await world.create()
  assert.equal(
    body.message,
    `Internal error occurred: ${received}: validating webhook may not return response.patch`,
  )
})

test('a webhook that wants to be is asked again when a later one changes the object', async () => {
  await using world = await startWorld()
  const again = { reinvocationPolicy: 'IfNeeded' }
  await world.configure(
    'mutating',
    'x',
    configuredWebhook('counts', again),
    configuredWebhook('once'),
    configuredWebhook('adds'),
  )
  let calls = 0
  world.hook('counts', (given) => {
    calls += 1
    return setting('calls', String(calls))(given)
  })
  world.hook(
    'once',
    answering(() => ({})),
  )
  world.hook('adds', setting('added', 'yes'))
  const { body } = await world.create()
  assert.deepEqual(body.data, { a: '1', added: 'yes', calls: '2' })
  const paths = world.transport.sent.map((each) => each.call.path.split('?')[0])
  assert.deepEqual(paths, ['/counts', '/once', '/adds', '/counts'])
})

test('nobody is asked again when nothing changes afterwards', async () => {
  await using world = await startWorld()
  await world.configure(
    'mutating',
    'x',
    configuredWebhook('same', { reinvocationPolicy: 'IfNeeded' }),
  )
  world.hook('same', setting('a', '1'))
  await world.create()
  assert.equal(world.transport.sent.length, 1)
})

test('what a webhook adds gets its defaults, and is validated', async () => {
  await using world = await startWorld()
  const rules = [
    { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
  ]
  await world.configure('mutating', 'x', configuredWebhook('x', { rules }))
  await world.server.send('POST', '/api/v1/namespaces/default/serviceaccounts', {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
  })
  const pod = (name: string) => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: { containers: [{ name: 'a', image: 'nginx' }] },
  })
  const sidecar = { op: 'add', path: '/spec/containers/-', value: { name: 'b', image: 'x:latest' } }
  world.hook(
    'x',
    answering(() => ({ patch: [sidecar] })),
  )
  const made = await world.server.send('POST', '/api/v1/namespaces/default/pods', pod('p'))
  assert.partialDeepStrictEqual(made.body.spec.containers[1], {
    ...{ name: 'b', image: 'x:latest', imagePullPolicy: 'Always' },
    terminationMessagePath: '/dev/termination-log',
  })
  // The plugins of the server see what it added as well.
  assert.equal(made.body.spec.containers[1].volumeMounts.length, 1)
  world.hook(
    'x',
    answering(() => ({ patch: [{ ...sidecar, value: { name: 'a', image: 'x' } }] })),
  )
  const refused = await world.server.send('POST', '/api/v1/namespaces/default/pods', pod('q'))
  assert.equal(refused.status, 422)
  assert.match(refused.body.message, /spec.containers\[1\].name: Duplicate value: "a"/)
})

test('a webhook cannot make a mess of who manages which fields', async () => {
  await using world = await startWorld()
  await world.configure('mutating', 'x', configuredWebhook('x'))
  const entry = { manager: 'hook', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV2' }
  const patch = { op: 'replace', path: '/metadata/managedFields', value: [entry] }
  world.hook(
    'x',
    answering(() => ({ patch: [patch] })),
  )
  const { status, body, warnings } = await world.create()
  assert.equal(status, 201)
  assert.equal(body.metadata.managedFields[0].fieldsType, 'FieldsV1')
  assert.deepEqual(warnings, [
    '.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: invalid fieldsType "FieldsV2" in managed fields entry 0',
  ])
})

test('a deletion cannot be changed', async () => {
  await using world = await startWorld()
  await world.create()
  await world.configure('mutating', 'm', configuredWebhook('m'))
  world.hook(
    'm',
    answering(() => ({ patch: [{ op: 'add', path: '/data/b', value: '' }] })),
  )
  const { status, body } = await world.server.send('DELETE', `${mapsPath}/c`)
  assert.deepEqual(
    [status, body.message],
    [
      500,
      'Internal error occurred: admission webhook "m.example.com" attempted to modify the object, which is not supported for this operation',
    ],
  )
})

test('policies change an object before webhooks do, and judge it before those that validate', async () => {
  await using world = await startWorld()
  const { server } = world
  const matchConstraints = {
    resourceRules: [
      { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
    ],
  }
  const made = async (plural: string, spec: object) => {
    const object = { metadata: { name: 'p' }, spec }
    const { status, body } = await server.send('POST', `${admissionRoot}/${plural}`, object)
    assert.equal(status, 201, JSON.stringify(body))
  }
  await made('mutatingadmissionpolicies', {
    matchConstraints,
    reinvocationPolicy: 'Never',
    mutations: [
      {
        patchType: 'JSONPatch',
        jsonPatch: { expression: '[JSONPatch{op: "add", path: "/data/by", value: "policy"}]' },
      },
    ],
  })
  await made('mutatingadmissionpolicybindings', { policyName: 'p' })
  await made('validatingadmissionpolicies', {
    matchConstraints,
    validations: [{ expression: "object.data.seen == 'policy'" }],
  })
  await made('validatingadmissionpolicybindings', { policyName: 'p', validationActions: ['Deny'] })
  await world.configure('mutating', 'm', configuredWebhook('mutates'))
  await world.configure('validating', 'v', configuredWebhook('validates'))
  world.hook('mutates', (review) =>
    setting('seen', String(review.request.object?.data?.by))(review),
  )
  let asked = 0
  world.hook(
    'validates',
    answering(() => {
      asked++
      return {}
    }),
  )
  const { status, body } = await world.create()
  assert.deepEqual([status, body.data, asked], [201, { a: '1', by: 'policy', seen: 'policy' }, 1])
  world.hook('mutates', setting('seen', 'no'))
  const refused = await server.send('PUT', `${mapsPath}/c`, { ...body, data: { a: '2' } })
  assert.equal(refused.status, 422)
  assert.match(refused.body.message, /^configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p'/)
  assert.equal(asked, 1, 'what a policy refuses no webhook is asked about')
})
