import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type CustomResourceDefinition,
  configMaps,
  customResourceDefinitions,
  namespaces,
} from '#api'
import { hasCondition, type KubeObject, ownerReference, type ResourceRef } from '#machinery'
import { type Simulation, simulate } from '#testing'

const open = 'schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}'

function definitionOf(kind: string, more = ''): string {
  const plural = `${kind.toLowerCase()}s`
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: ${plural}, kind: ${kind}${more}}
  versions: [{name: v1, served: true, storage: true, ${open}}]
`
}

interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number }
}

const widgets: ResourceRef<Widget> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
}

function widget(name: string, namespace = 'default', more = ''): string {
  return `
apiVersion: example.com/v1
kind: Widget
metadata: {name: ${name}, namespace: ${namespace}${more}}
spec: {size: 3}
`
}

function definition(cluster: Simulation, name: string) {
  const found = cluster
    .list<CustomResourceDefinition>(customResourceDefinitions)
    .find(({ metadata }) => metadata.name === `${name}.example.com`)
  return {
    found,
    is: (type: string) => hasCondition(found?.status?.conditions, type),
    condition: (type: string) => found?.status?.conditions?.find((each) => each.type === type),
  }
}

async function defined(): Promise<Simulation> {
  const cluster = await simulate({ nodes: 0 })
  await cluster.apply(definitionOf('Widget', ', shortNames: [wd]'))
  await cluster.until(() => definition(cluster, 'widgets').is('Established'))
  return cluster
}

const namesOf = (cluster: Simulation, namespace?: string) =>
  cluster.list(widgets, namespace).map(({ metadata }) => metadata.name)

describe('a CustomResourceDefinition in a cluster', () => {
  test('is given its names and established, and its objects go with it', async () => {
    await using cluster = await defined()
    const { found } = definition(cluster, 'widgets')
    assert.deepEqual(found?.status?.acceptedNames, {
      plural: 'widgets',
      singular: 'widget',
      shortNames: ['wd'],
      kind: 'Widget',
      listKind: 'WidgetList',
    })
    await cluster.apply(`${widget('a')}---${widget('b')}`)
    assert.deepEqual(namesOf(cluster), ['a', 'b'])
    await cluster.delete('crd/widgets.example.com')
    await cluster.until(() => definition(cluster, 'widgets').found === undefined)
    await assert.rejects(cluster.apply(widget('c')), /no matches for kind|Widget/)
    await cluster.apply(definitionOf('Widget'))
    await cluster.until(() => definition(cluster, 'widgets').is('Established'))
    assert.deepEqual(namesOf(cluster), [], 'nothing is left of the objects before')
  })

  test('waits for objects that finalizers hold, in which time none are made', async () => {
    await using cluster = await defined()
    await cluster.apply(widget('held', 'default', ', finalizers: [example.com/hold]'))
    await cluster.delete('crd/widgets.example.com')
    await cluster.advance('70s')
    assert.equal(
      definition(cluster, 'widgets').condition('Terminating')?.reason,
      'InstanceDeletionCheck',
    )
    await assert.rejects(
      cluster.apply(widget('late')),
      /widgets\.example\.com "late" is forbidden: create not allowed while custom resource definition is terminating/,
    )
    await cluster.client.patch(
      widgets,
      { name: 'held', namespace: 'default' },
      { kind: 'merge', patch: { metadata: { finalizers: null } } },
    )
    await cluster.until(() => definition(cluster, 'widgets').found === undefined)
  })

  test('gets no name that another kind of its group has, until that goes', async () => {
    await using cluster = await defined()
    await cluster.apply(definitionOf('Window', ', shortNames: [wd]'))
    await cluster.advance('5s')
    const refused = definition(cluster, 'windows').condition('NamesAccepted')
    assert.deepEqual(
      [refused?.status, refused?.reason, refused?.message],
      ['False', 'ShortNamesConflict', '"wd" is already in use'],
    )
    assert.equal(definition(cluster, 'windows').condition('Established')?.reason, 'NotAccepted')
    await cluster.delete('crd/widgets.example.com')
    await cluster.until(() => definition(cluster, 'windows').is('Established'))
  })

  test('has its objects collected with their owners and their namespace', async () => {
    await using cluster = await defined()
    await cluster.client.create(namespaces, { metadata: { name: 'shop' } })
    await cluster.apply(widget('w', 'shop'))
    const owner = await cluster.client.create(configMaps, {
      metadata: { name: 'owner', namespace: 'default' },
    })
    const ownerReferences = [ownerReference(owner, configMaps)]
    await cluster.client.create(widgets, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'owned', namespace: 'default', ownerReferences },
    })
    await cluster.advance('60s')
    assert.deepEqual(namesOf(cluster).toSorted(), ['owned', 'w'])
    await cluster.delete('configmap/owner')
    await cluster.delete('namespace/shop')
    await cluster.advance('60s')
    assert.deepEqual(namesOf(cluster), [])
  })

  for (const type of ['Exact', 'Warm'] as const) {
    test(`is in a snapshot that is ${type}, with its objects`, async () => {
      await using cluster = await defined()
      await cluster.apply(widget('a'))
      await using fork = await cluster.fork(type)
      await fork.apply(widget('b'))
      assert.deepEqual(namesOf(fork), ['a', 'b'])
      assert.deepEqual(namesOf(cluster), ['a'])
    })
  }
})
