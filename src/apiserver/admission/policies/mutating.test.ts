import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMapsPath, ruleOf, startPolicyWorld } from './policies-fixture.ts'

const apply = (expression: string) => ({
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression },
})
const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } })
const atConfigMaps = { matchConstraints: { resourceRules: [ruleOf('configmaps')] } }

test('a configuration is merged into the object, with the defaults of what it adds', async () => {
  await using world = await startPolicyWorld()
  await world.mutating('sidecar', {
    matchConstraints: { resourceRules: [ruleOf('deployments', 'apps')] },
    mutations: [
      apply(`Object{
        metadata: Object.metadata{labels: {"team": "one"}},
        spec: Object.spec{
          template: Object.spec.template{
            spec: Object.spec.template.spec{
              containers: [Object.spec.template.spec.containers{name: "proxy", image: "envoy"}],
            },
          },
        },
      }`),
    ],
  })
  const { status, body } = await world.deploy('web', 1)
  assert.equal(status, 201)
  assert.deepEqual(body.metadata.labels, { team: 'one' })
  const { containers } = body.spec.template.spec
  assert.deepEqual(
    containers.map((each: { name: string; imagePullPolicy: string }) => [
      each.name,
      each.imagePullPolicy,
    ]),
    [
      ['web', 'Always'],
      ['proxy', 'Always'],
    ],
  )
})

test('a JSON patch changes the object, and one whose test fails does not', async () => {
  await using world = await startPolicyWorld()
  await world.mutating('labels', {
    ...atConfigMaps,
    mutations: [
      patch(`[
        JSONPatch{op: "test", path: "/metadata/name", value: "a"},
        JSONPatch{op: "add", path: "/metadata/labels", value: {}},
        JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/by"), value: "policy"},
      ]`),
      patch(
        '[JSONPatch{op: "test", path: "/data/x", value: "no"}, JSONPatch{op: "remove", path: "/data"}]',
      ),
    ],
  })
  const { body } = await world.configure('a', { x: 'y' })
  assert.deepEqual([body.metadata.labels, body.data], [{ 'example.com/by': 'policy' }, { x: 'y' }])
  assert.equal((await world.configure('b')).body.metadata.labels, undefined)
})

test('policies follow one another by their names, and each sees what those before it made', async () => {
  await using world = await startPolicyWorld()
  const grow = (letter: string) =>
    apply(
      `Object{data: {"log": (has(object.data) && "log" in object.data ? object.data.log : "") + "${letter}"}}`,
    )
  await world.mutating('b', { ...atConfigMaps, mutations: [grow('b'), grow('B')] })
  await world.mutating('a', { ...atConfigMaps, mutations: [grow('a')] })
  assert.deepEqual((await world.configure('x')).body.data, { log: 'abB' })
})

test('a policy that wants to is asked again when one behind it has changed the object', async () => {
  await using world = await startPolicyWorld()
  const seen = apply(
    'Object{metadata: Object.metadata{labels: {"seen": has(object.data) && "late" in object.data ? "yes" : "no"}}}',
  )
  await world.mutating('a', { ...atConfigMaps, reinvocationPolicy: 'IfNeeded', mutations: [seen] })
  await world.mutating('z', { ...atConfigMaps, mutations: [apply('Object{data: {"late": "1"}}')] })
  const { body } = await world.configure('x')
  assert.deepEqual([body.metadata.labels, body.data], [{ seen: 'yes' }, { late: '1' }])
})

test('what goes wrong denies the request, in the words of upstream, unless failures are ignored', async () => {
  await using world = await startPolicyWorld()
  const failing = async (mutation: object, more: object = {}) => {
    await world.mutating('p', { ...atConfigMaps, mutations: [mutation], ...more })
    const { status, body } = await world.configure('x')
    for (const kind of ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings']) {
      await world.send('DELETE', `/apis/admissionregistration.k8s.io/v1/${kind}/p`)
    }
    if (status === 201) await world.send('DELETE', `${configMapsPath}/x`)
    return status === 201 ? 'passed' : [status, body.reason, body.message]
  }
  const denied = (why: string) => [
    403,
    'Invalid',
    `policy 'p' with binding 'p' denied request: ${why}`,
  ]
  assert.deepEqual(
    await failing(apply('Object{spec: Object.spec{a: 1}}')),
    denied(
      'error applying patch: failed to convert patch object to typed object: .spec: field not declared in schema',
    ),
  )
  assert.deepEqual(
    await failing(apply('Object{metadata: Object.data{}}')),
    denied(
      'type mismatch: unexpected type name "Object.data", expected "Object.metadata", which matches field name path from root Object type',
    ),
  )
  assert.deepEqual(
    await failing(apply('Object{data: {"a": object.nothing}}')),
    denied(
      `expression 'Object{data: {"a": object.nothing}}' resulted in error: no such key: nothing`,
    ),
  )
  assert.deepEqual(
    await failing(patch('[JSONPatch{op: "remove", path: "/nothing/there"}]')),
    denied(
      'JSON Patch: remove operation does not apply: doc is missing path: "/nothing/there": missing value',
    ),
  )
  assert.deepEqual(await failing(patch('[JSONPatch{op: "add", path: "/nothing", value: 1}]')), [
    500,
    'InternalError',
    'Internal error occurred: strict decoding error: unknown field "nothing"',
  ])
  assert.equal(
    await failing(apply('Object{spec: Object.spec{a: 1}}'), { failurePolicy: 'Ignore' }),
    'passed',
  )
})

test('parts that are owned as a whole are not merged', async () => {
  await using world = await startPolicyWorld()
  await world.mutating('p', {
    matchConstraints: { resourceRules: [ruleOf('deployments', 'apps')] },
    mutations: [
      apply(
        'Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {"a": "b"}}, template: Object.spec.template{spec: Object.spec.template.spec{nodeSelector: {"a": "b"}}}}}',
      ),
    ],
  })
  const { body } = await world.deploy('web', 1)
  assert.equal(
    body.message,
    "policy 'p' with binding 'p' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector, .spec.template.spec.nodeSelector",
  )
})

test('conditions and parameters decide whether and how a policy changes an object', async () => {
  await using world = await startPolicyWorld()
  await world.configure('defaults', { colour: 'blue' })
  await world.mutating(
    'p',
    {
      ...atConfigMaps,
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConditions: [{ name: 'plain', expression: '!has(object.data)' }],
      variables: [{ name: 'colour', expression: 'params.data.colour' }],
      mutations: [apply('Object{data: {"colour": string(variables.colour)}}')],
    },
    { paramRef: { name: 'defaults', namespace: 'default', parameterNotFoundAction: 'Deny' } },
  )
  assert.deepEqual((await world.configure('a')).body.data, { colour: 'blue' })
  assert.deepEqual((await world.configure('b', { x: 'y' })).body.data, { x: 'y' })
})

test('items of lists are merged by their keys, also where the object has a key twice', async () => {
  await using world = await startPolicyWorld()
  const pod = 'Object.spec.template.spec'
  await world.mutating('p', {
    matchConstraints: { resourceRules: [ruleOf('deployments', 'apps')] },
    mutations: [
      apply(`Object{
        spec: Object.spec{
          replicas: object.spec.replicas % 2 == 0 ? object.spec.replicas + 1 : object.spec.replicas,
          template: Object.spec.template{
            spec: ${pod}{
              volumes: [${pod}.volumes{name: "y"}],
              containers: [${pod}.containers{
                name: "web",
                env: [${pod}.containers.env{name: "test", value: "c"}],
                ports: [${pod}.containers.ports{containerPort: 80}],
              }],
            },
          },
        },
      }`),
    ],
  })
  const env = [
    { name: 'test', value: 'a' },
    { name: 'test', value: 'b' },
    { name: 'foo', value: 'bar' },
  ]
  const { status, body } = await world.deploy('web', 2, {
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        volumes: [{ name: 'x', emptyDir: {} }],
        containers: [{ name: 'web', image: 'nginx', env, ports: [{ containerPort: 443 }] }],
      },
    },
  })
  assert.equal(status, 201, body.message)
  const { volumes, containers } = body.spec.template.spec
  assert.equal(body.spec.replicas, 3)
  assert.deepEqual(
    volumes.map(({ name }: { name: string }) => name),
    ['x', 'y'],
  )
  assert.deepEqual(containers[0].env, [
    { name: 'test', value: 'c' },
    { name: 'foo', value: 'bar' },
  ])
  assert.deepEqual(containers[0].ports, [
    { containerPort: 443, protocol: 'TCP' },
    { containerPort: 80, protocol: 'TCP' },
  ])
})

test('a scale is changed as the policy sees it', async () => {
  await using world = await startPolicyWorld()
  await world.mutating('scales', {
    matchConstraints: { resourceRules: [ruleOf('deployments/scale', 'apps')] },
    mutations: [apply('Object{spec: Object.spec{replicas: object.spec.replicas * 2}}')],
  })
  await world.deploy('web', 1)
  const path = '/apis/apps/v1/namespaces/default/deployments/web'
  const put = await world.send('PUT', `${path}/scale`, {
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 2 },
  })
  assert.equal(put.status, 200, put.body.message)
  assert.equal((await world.send('GET', path)).body.spec.replicas, 4)
})
