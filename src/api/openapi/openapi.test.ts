import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { findKind, kinds } from '../served/kinds.ts'
import { readDescriptions } from './descriptions.ts'
import { encodeOpenApiV2 } from './gnostic.ts'
import type { Descriptions } from './served.ts'
import { openApiV2 } from './v2.ts'
import { openApiV3 } from './v3.ts'

const input = { resources: kinds, version: 'v1.36.0' }
const v2 = openApiV2(input)
const core = openApiV3(input, { group: '', version: 'v1' })
const apps = openApiV3(input, { group: 'apps', version: 'v1' })

// biome-ignore lint/suspicious/noExplicitAny: the tests reach deep into plain JSON
type Json = Record<string, any>

function operation(document: { readonly paths: object }, path: string, method: string): Json {
  const found = (document.paths as Json)[path]?.[method]
  assert.ok(found, `${method} ${path}`)
  return found
}

function definition(name: string): Json {
  const found = v2.definitions[name] as Json | undefined
  assert.ok(found, name)
  return found
}

function property(name: string, field: string): Json {
  return definition(name).properties[field]
}

test('definitions carry what server-side apply and strategic merge need', () => {
  assert.deepEqual(property('io.k8s.api.core.v1.PodSpec', 'containers'), {
    type: 'array',
    items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  })
  assert.equal(
    property('io.k8s.api.core.v1.PodSpec', 'volumes')['x-kubernetes-patch-strategy'],
    'merge,retainKeys',
  )
  assert.deepEqual(property('io.k8s.api.core.v1.PodSpec', 'nodeSelector'), {
    type: 'object',
    additionalProperties: { type: 'string' },
    'x-kubernetes-map-type': 'atomic',
  })
  const selector = definition('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector')
  assert.equal(selector['x-kubernetes-map-type'], 'atomic')
})

test('kinds and their lists say which group, version and kind they are', () => {
  assert.deepEqual(
    definition('io.k8s.api.apps.v1.DeploymentList')['x-kubernetes-group-version-kind'],
    [{ group: 'apps', kind: 'DeploymentList', version: 'v1' }],
  )
  const options = definition('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')
  const groups = options['x-kubernetes-group-version-kind'].map((kind: Json) => kind.group)
  assert.ok(groups.includes('') && groups.includes('apps'))
})

test('version 2 has no defaults, version 3 has them beside allOf', () => {
  assert.deepEqual(property('io.k8s.api.core.v1.ContainerPort', 'protocol'), {
    type: 'string',
    enum: ['SCTP', 'TCP', 'UDP'],
  })
  const { schemas } = core.components as { readonly schemas: Json }
  const port = schemas['io.k8s.api.core.v1.ContainerPort']
  assert.equal(port.properties.protocol.default, 'TCP')
  assert.deepEqual(port.required, ['containerPort'])
  assert.deepEqual(schemas['io.k8s.api.core.v1.Pod'].properties.metadata, {
    default: {},
    allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
  })
  assert.deepEqual(schemas['io.k8s.apimachinery.pkg.util.intstr.IntOrString'], {
    oneOf: [{ type: 'integer' }, { type: 'string' }],
    format: 'int-or-string',
  })
})

const operations = [
  ['/api/v1/namespaces/{namespace}/pods', 'get', 'listCoreV1NamespacedPod', 'list'],
  ['/api/v1/pods', 'get', 'listCoreV1PodForAllNamespaces', 'list'],
  ['/api/v1/namespaces/{namespace}/pods', 'post', 'createCoreV1NamespacedPod', 'post'],
  [
    '/api/v1/namespaces/{namespace}/pods',
    'delete',
    'deleteCoreV1CollectionNamespacedPod',
    'deletecollection',
  ],
  ['/api/v1/namespaces/{namespace}/pods/{name}', 'put', 'replaceCoreV1NamespacedPod', 'put'],
  [
    '/api/v1/namespaces/{namespace}/pods/{name}/exec',
    'post',
    'connectCoreV1PostNamespacedPodExec',
    'connect',
  ],
  ['/api/v1/nodes/{name}/status', 'patch', 'patchCoreV1NodeStatus', 'patch'],
  ['/api/v1/watch/nodes/{name}', 'get', 'watchCoreV1Node', 'watch'],
  [
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    'get',
    'listRbacAuthorizationV1ClusterRole',
    'list',
  ],
] as const

for (const [path, method, id, action] of operations) {
  test(`${method} ${path} is ${id}`, () => {
    const found = operation(v2, path, method)
    assert.equal(found.operationId, id)
    assert.equal(found['x-kubernetes-action'], action)
  })
}

test('kubectl finds fieldValidation and dryRun on the patch of a kind', () => {
  const path = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}'
  const patch = operation(apps, path, 'patch')
  assert.deepEqual(patch['x-kubernetes-group-version-kind'], {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
  })
  const names = patch.parameters.map((parameter: Json) => parameter.name)
  assert.deepEqual(names, ['dryRun', 'fieldManager', 'fieldValidation', 'force'])
  const shared = (apps.paths[path] as Json).parameters.map((parameter: Json) => parameter.name)
  assert.deepEqual(shared, ['name', 'namespace', 'pretty'])
  assert.ok('application/apply-patch+yaml' in patch.requestBody.content)
})

test('a subresource has the kind of its body', () => {
  const path = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale'
  const { responses, ...scale } = operation(apps, path, 'get')
  assert.equal(scale['x-kubernetes-group-version-kind'].group, 'autoscaling')
  assert.deepEqual(responses['200'].content['application/json'].schema, {
    $ref: '#/components/schemas/io.k8s.api.autoscaling.v1.Scale',
  })
})

for (const [name, document, prefix] of [
  ['version 2', v2, '#/definitions/'],
  ['version 3', core, '#/components/schemas/'],
] as const) {
  test(`${name} is whole: references resolve, ids are unique, path parameters are declared`, () => {
    const known = new Set(
      Object.keys('definitions' in document ? document.definitions : document.components.schemas),
    )
    for (const reference of references(document)) {
      assert.ok(
        reference.startsWith(prefix) && known.has(reference.slice(prefix.length)),
        reference,
      )
    }
    const ids = new Set<string>()
    for (const [path, item] of Object.entries(document.paths as Json)) {
      for (const [method, found] of Object.entries(item as Json)) {
        if (method === 'parameters') continue
        assert.ok(!ids.has(found.operationId), found.operationId)
        ids.add(found.operationId)
        const declared = [...(item.parameters ?? []), ...(found.parameters ?? [])]
          .filter((parameter: Json) => parameter.in === 'path')
          .map((parameter: Json) => parameter.name)
        const wanted = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
        assert.deepEqual(declared.sort(), wanted.sort(), path)
      }
    }
  })
}

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' ? [part] : references(part),
  )
}

test('only what is served is documented', () => {
  const pod = findKind({ group: '', version: 'v1', kind: 'Pod' })!
  const document = openApiV2({ resources: [pod], version: 'v1.36.0' })
  assert.ok(document.definitions['io.k8s.api.core.v1.Pod'])
  assert.equal(document.definitions['io.k8s.api.apps.v1.Deployment'], undefined)
  assert.equal(document.paths['/api/v1/nodes'], undefined)
})

test('a custom resource stands beside the built-in kinds with its own schema', () => {
  const schemaName = 'com.example.v1.Thing'
  const thing = {
    group: 'example.com',
    version: 'v1',
    kind: 'Thing',
    plural: 'things',
    namespaced: true,
    verbs: ['get'],
    schemaName,
  }
  const schema = {
    type: 'object',
    properties: {
      metadata: {
        $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
      },
    },
  }
  const document = openApiV3(
    { resources: [thing], version: 'v1.36.0', customSchemas: new Map([[schemaName, schema]]) },
    thing,
  )
  const { schemas } = document.components
  assert.equal(schemas[schemaName], schema)
  assert.ok(schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'])
  operation(document, '/apis/example.com/v1/namespaces/{namespace}/things/{name}', 'get')
})

/** What is read of a file of such texts. */
function readBack(texts: Json): Descriptions {
  const folder = mkdtempSync(join(tmpdir(), 'descriptions-'))
  try {
    const file = join(folder, 'texts.json')
    writeFileSync(file, JSON.stringify(texts))
    return readDescriptions(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('descriptions join from outside; a field without one has that of its type', () => {
  const pod = findKind({ group: '', version: 'v1', kind: 'Pod' })!
  const descriptions = readBack({
    'io.k8s.api.core.v1.Probe': { '': 'A probe.', periodSeconds: 'How often.' },
    'io.k8s.api.core.v1.Container': { imagePullPolicy: 'When to pull.' },
  })
  const document = openApiV3({ resources: [pod], version: 'v1.36.0', descriptions }, pod)
  const schemas = document.components.schemas as Json
  const probe = schemas['io.k8s.api.core.v1.Probe']
  assert.equal(probe.description, 'A probe.')
  assert.equal(probe.properties.periodSeconds.description, 'How often.')
  const container = schemas['io.k8s.api.core.v1.Container'].properties
  assert.deepEqual(container.livenessProbe, {
    description: 'A probe.',
    allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Probe' }],
  })
  assert.match(container.imagePullPolicy.description, /^When to pull\.\n\nPossible enum values:\n/)
})

test('the protobuf form has every part of the document in the numbers of OpenAPIv2.proto', () => {
  const bytes = Buffer.from(
    encodeOpenApiV2({
      swagger: '2.0',
      info: { title: 'T', version: 'v' },
      paths: {
        '/a': { get: { operationId: 'g', responses: { 200: { description: 'OK' } } } },
      },
      definitions: {
        D: { type: 'object', required: ['x'], 'x-kubernetes-map-type': 'atomic' },
      },
      securityDefinitions: {},
      security: [{ B: [] }],
    }),
  ).toString('hex')
  // Worked out by hand from the message definitions.
  const swagger = '0a03322e30'
  const info = '1206 0a0154 120176'
  const responses = '4a0f 0a0d 0a03323030 1206 0a04 0a024f4b'
  const paths = `421e 121c 0a022f61 1216 1214 2a0167 ${responses}`
  const name = Buffer.from('x-kubernetes-map-type').toString('hex')
  const extension = `fa0123 0a15${name} 120a 1208 2261746f6d696322`
  const definitions = `4a3c 0a3a 0a0144 1235 b20108 0a066f626a656374 9a010178 ${extension}`
  assert.ok(bytes.startsWith((swagger + info).replaceAll(' ', '')))
  assert.ok(bytes.includes(responses.replaceAll(' ', '')), bytes)
  assert.ok(bytes.includes(paths.replaceAll(' ', '')), bytes)
  assert.ok(bytes.includes(definitions.replaceAll(' ', '')), bytes)
  assert.ok(bytes.endsWith('6207 0a05 0a0142 1200'.replaceAll(' ', '')), 'security')
})

test('the whole document can be sent as protobuf', () => {
  assert.ok(encodeOpenApiV2(v2).length > 100_000)
})
