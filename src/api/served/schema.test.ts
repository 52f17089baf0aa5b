import assert from 'node:assert/strict'
import test from 'node:test'
import type { FieldSchema, FieldType } from '#machinery/schema'
import { findKind, kinds } from './kinds.ts'
import { apiSchema } from './schema.ts'

function field(type: string, name: string): FieldSchema {
  const found = apiSchema.type(type)?.field(name)
  assert.ok(found, `${type}.${name}`)
  return found
}

test('a pod spec merges containers by name', () => {
  const containers = field('io.k8s.api.core.v1.PodSpec', 'containers')
  assert.deepEqual(containers.type, {
    kind: 'list',
    element: { kind: 'ref', name: 'io.k8s.api.core.v1.Container' },
  })
  assert.equal(containers.isOptional, false)
  assert.equal(containers.listType, 'map')
  assert.deepEqual(containers.listMapKeys, ['name'])
  assert.deepEqual(containers.patchStrategy, ['merge'])
  assert.equal(containers.patchMergeKey, 'name')
})

const facts = [
  ['core.v1.ServiceSpec', 'ports', { listMapKeys: ['port', 'protocol'], patchMergeKey: 'port' }],
  ['core.v1.Container', 'ports', { listMapKeys: ['containerPort', 'protocol'] }],
  ['core.v1.ContainerPort', 'protocol', { default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] }],
  ['core.v1.PodSpec', 'volumes', { patchStrategy: ['merge', 'retainKeys'] }],
  ['core.v1.PodSpec', 'tolerations', { listType: 'atomic' }],
  ['core.v1.PodSpec', 'nodeSelector', { mapType: 'atomic' }],
  ['core.v1.PersistentVolumeSpec', 'claimRef', { structType: 'granular' }],
  ['apps.v1.DeploymentSpec', 'strategy', { patchStrategy: ['retainKeys'] }],
  ['apps.v1.DeploymentSpec', 'replicas', { keepsZero: true }],
  ['core.v1.PodSpec', 'hostNetwork', { keepsZero: undefined }],
  ['core.v1.Volume', 'hostPath', { protobuf: { number: 1, within: [2] } }],
  [
    'admissionregistration.v1.NamedRuleWithOperations',
    'scope',
    { protobuf: { number: 4, within: [2, 2] } },
  ],
] as const

for (const [type, name, want] of facts) {
  test(`the schema knows how ${type}.${name} is merged, defaulted and encoded`, () => {
    const got = field(`io.k8s.api.${type}`, name)
    for (const [key, value] of Object.entries(want)) {
      assert.deepEqual(got[key as keyof FieldSchema], value, key)
    }
  })
}

test('label selectors are owned as a whole, pods field by field', () => {
  const selector = apiSchema.type('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector')
  assert.equal(selector?.structType, 'atomic')
  assert.equal(apiSchema.type('io.k8s.api.core.v1.Pod')?.structType, 'granular')
})

test('the structs that Go inlines are flat', () => {
  const volume = apiSchema.type('io.k8s.api.core.v1.Volume')
  assert.equal(volume?.field('volumeSource'), undefined)
  assert.ok(volume?.field('emptyDir'))
  assert.ok(apiSchema.type('io.k8s.api.core.v1.Probe')?.field('httpGet'))
  assert.ok(apiSchema.type('io.k8s.api.core.v1.EphemeralContainer')?.field('image'))
  assert.ok(apiSchema.type('io.k8s.api.core.v1.ConfigMapKeySelector')?.field('name'))
})

test('every type that a field refers to is in the schema', () => {
  for (const name of apiSchema.names) {
    for (const { name: fieldName, type } of apiSchema.type(name)!.fields) {
      const target = referred(type)
      if (target) assert.ok(apiSchema.type(target), `${name}.${fieldName} refers to ${target}`)
    }
  }
})

function referred(type: FieldType): string | undefined {
  if (type.kind === 'list') return referred(type.element)
  if (type.kind === 'map') return referred(type.value)
  return type.kind === 'ref' ? type.name : undefined
}

test('the keys of every associative list are fields of its elements', () => {
  for (const name of apiSchema.names) {
    for (const { name: fieldName, type, listMapKeys, patchMergeKey } of apiSchema.type(name)!
      .fields) {
      const keys = [...(listMapKeys ?? []), ...(patchMergeKey ? [patchMergeKey] : [])]
      const element = apiSchema.type(referred(type) ?? '')
      for (const key of keys) assert.ok(element?.field(key), `${name}.${fieldName} key ${key}`)
    }
  }
})

test('what is not a type has no schema, whatever its name', () => {
  for (const name of ['io.k8s.api.core.v1.Pods', '__proto__', 'constructor']) {
    assert.equal(apiSchema.type(name), undefined)
  }
})

test('every kind has a type with metadata, and a list type where it can be listed', () => {
  for (const kind of kinds) {
    const type = apiSchema.type(kind.schemaName)
    assert.ok(type?.hasTypeMeta, kind.schemaName)
    const isListed = kind.verbs.includes('list')
    assert.equal(kind.listKind !== undefined, isListed)
    if (isListed) assert.ok(apiSchema.type(`${kind.schemaName}List`)?.field('items'), kind.kind)
  }
})

test('kinds are found by group, version and kind', () => {
  const deployment = findKind({ group: 'apps', version: 'v1', kind: 'Deployment' })
  assert.deepEqual(deployment?.shortNames, ['deploy'])
  assert.deepEqual(deployment?.subresources?.scale, {
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    verbs: ['get', 'patch', 'update'],
  })
  const review = findKind({ group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' })
  assert.deepEqual(review?.verbs, ['create'])
  assert.equal(findKind({ group: '', version: 'v1', kind: 'Deployment' }), undefined)
})
