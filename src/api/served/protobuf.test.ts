import assert from 'node:assert/strict'
import test from 'node:test'
import { apiProtobuf } from './protobuf.ts'
import { schemaNameOf } from './schema-name.ts'

const objects = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'a',
      namespace: 'b',
      labels: { app: 'web' },
      creationTimestamp: '2026-01-02T03:04:05Z',
    },
    spec: {
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        {
          name: 'web',
          image: 'nginx',
          ports: [{ containerPort: 443, protocol: 'TCP' }],
          resources: { requests: { cpu: '100m', memory: '64Mi' } },
          livenessProbe: { httpGet: { path: '/', port: 'web' }, initialDelaySeconds: 30 },
          env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
        },
      ],
      terminationGracePeriodSeconds: 0,
    },
    status: {},
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'node', managedFields: [{ manager: 'k', fieldsV1: { 'f:spec': {} } }] },
    spec: { renewTime: '2026-01-02T03:04:05.000006Z', leaseDurationSeconds: 40 },
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'things', kind: 'Thing' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                a: {
                  type: 'array',
                  items: { type: 'string', default: 'x', enum: ['x', 1] },
                  'x-kubernetes-list-type': 'set',
                },
                b: { type: 'object', additionalProperties: true, minimum: 0 },
              },
            },
          },
        },
      ],
    },
    status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null },
  },
]

for (const object of objects) {
  test(`a ${object.kind} keeps everything in protobuf`, () => {
    const decoded = apiProtobuf.decode(apiProtobuf.encode(object))
    assert.deepEqual(decoded, JSON.parse(JSON.stringify(object, dropNull)))
  })
}

/** Go writes nil lists as null; absence means the same. */
function dropNull(_: string, value: unknown): unknown {
  return value ?? undefined
}

const names = [
  ['v1', 'Pod', 'io.k8s.api.core.v1.Pod'],
  ['v1', 'PodList', 'io.k8s.api.core.v1.PodList'],
  ['v1', 'Status', 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'],
  ['apps/v1', 'DeleteOptions', 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'],
  ['policy/v1', 'Eviction', 'io.k8s.api.policy.v1.Eviction'],
  [
    'meta.k8s.io/v1',
    'PartialObjectMetadata',
    'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata',
  ],
  ['v1', 'PodSpec', undefined],
  ['example.com/v1', 'Thing', undefined],
] as const

for (const [apiVersion, kind, want] of names) {
  test(`${apiVersion} ${kind} is ${want ?? 'no type of the schema'}`, () => {
    assert.equal(schemaNameOf({ apiVersion, kind }), want)
  })
}
