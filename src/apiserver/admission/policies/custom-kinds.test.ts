import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resources } from '#api'
import { definedVersion, startDefiningServer, widgetDefinition } from '../../crd-fixture.ts'
import { admissionKinds, ruleOf } from './policies-fixture.ts'

const widgetsPath = '/apis/example.com/v1/namespaces/default/widgets'
const schema = {
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          size: { type: 'integer' },
          colour: { type: 'string', default: 'grey' },
          parts: {
            type: 'array',
            items: {
              type: 'object',
              required: ['name'],
              properties: { name: { type: 'string' }, n: { type: 'integer' } },
            },
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
          },
        },
      },
    },
  },
}

async function startCustomWorld() {
  const server = await startDefiningServer({ standard: true, resources })
  await server.define(
    widgetDefinition([
      definedVersion('v1', { schema }),
      definedVersion('v2', { schema, storage: false }),
    ]),
  )
  const made = async (kind: string, name: string, spec: object) => {
    const { status, body } = await server.send('POST', `${admissionKinds}/${kind}`, {
      metadata: { name },
      spec,
    })
    assert.equal(status, 201, body.message)
  }
  return {
    ...server,
    made,
    widget: (name: string, spec: object, version = 'v1') =>
      server.send('POST', widgetsPath.replace('v1', version), {
        apiVersion: `example.com/${version}`,
        kind: 'Widget',
        metadata: { name },
        spec,
      }),
  }
}

test('objects of custom kinds are judged, in whatever version they come', async () => {
  await using world = await startCustomWorld()
  await world.made('validatingadmissionpolicies', 'p', {
    matchConstraints: { resourceRules: [ruleOf('widgets', 'example.com')] },
    validations: [
      {
        expression: 'object.spec.size < 5 && object.apiVersion == "example.com/v1"',
        messageExpression: "object.apiVersion + ' of ' + string(object.spec.size)",
      },
    ],
  })
  await world.made('validatingadmissionpolicybindings', 'p', {
    policyName: 'p',
    validationActions: ['Deny'],
  })
  assert.equal((await world.widget('a', { size: 4 }, 'v2')).status, 201)
  const refused = await world.widget('b', { size: 5 }, 'v2')
  assert.match(
    refused.body.message,
    /^widgets.example.com "b" is forbidden: .* denied request: example.com\/v1 of 5$/,
  )
})

test('objects of custom kinds are changed by their schemas, and get the defaults of those', async () => {
  await using world = await startCustomWorld()
  await world.made('mutatingadmissionpolicies', 'p', {
    matchConstraints: { resourceRules: [ruleOf('widgets', 'example.com')] },
    reinvocationPolicy: 'Never',
    mutations: [
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: {
          expression:
            'Object{spec: Object.spec{parts: [Object.spec.parts{name: "b", n: 2}, Object.spec.parts{name: "a", n: 3}]}}',
        },
      },
      {
        patchType: 'JSONPatch',
        jsonPatch: {
          expression:
            '[JSONPatch{op: "remove", path: "/spec/colour"}, JSONPatch{op: "add", path: "/spec/size", value: object.spec.size + 1}]',
        },
      },
    ],
  })
  await world.made('mutatingadmissionpolicybindings', 'p', { policyName: 'p' })
  const { status, body } = await world.widget('a', {
    size: 1,
    colour: 'blue',
    parts: [{ name: 'a', n: 1 }],
  })
  assert.equal(status, 201, body.message)
  assert.deepEqual(body.spec, {
    size: 2,
    colour: 'grey',
    parts: [
      { name: 'b', n: 2 },
      { name: 'a', n: 3 },
    ],
  })
})

test('parameters of a kind that is served no more are an error', async () => {
  await using world = await startCustomWorld()
  await world.widget('limit', { size: 3 })
  await world.made('validatingadmissionpolicies', 'p', {
    paramKind: { apiVersion: 'example.com/v2', kind: 'Widget' },
    matchConstraints: { resourceRules: [ruleOf('configmaps')] },
    validations: [{ expression: 'params.spec.size == 3 && params.apiVersion == "example.com/v2"' }],
  })
  await world.made('validatingadmissionpolicybindings', 'p', {
    policyName: 'p',
    validationActions: ['Deny'],
    paramRef: { name: 'limit', parameterNotFoundAction: 'Deny' },
  })
  const configure = (name: string) =>
    world.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name } })
  assert.equal((await configure('a')).status, 201)
  await world.define(widgetDefinition([definedVersion('v1', { schema })]))
  assert.match(
    (await configure('b')).body.message,
    /failed to find resource referenced by paramKind: 'example.com\/v2, Kind=Widget'$/,
  )
})
