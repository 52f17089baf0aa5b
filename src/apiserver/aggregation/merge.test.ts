import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '#machinery'
import type { Remote } from './aggregator.ts'
import { mergedDiscovery, mergedGroup, mergedGroupList, mergedSwagger } from './merge.ts'

function remote(group: string, version: string, more: Partial<Remote> = {}): Remote {
  return {
    name: `${version}.${group}`,
    ...{ group, version, groupPriority: 100, versionPriority: 10, isAvailable: true },
    ...{ place: { namespace: 'a', name: 'b', port: 443 }, caBundle: undefined, isInsecure: false },
    documents: {
      discovery: { version, freshness: 'Current', resources: [{ resource: 'toys' }] },
      openApiV3: undefined,
      openApiV2: undefined,
    },
    ...more,
  }
}

const versionOf = (group: string, version: string) => ({
  groupVersion: `${group}/${version}`,
  version,
})
const list = {
  kind: 'APIGroupList',
  groups: [
    { name: 'apps', versions: [versionOf('apps', 'v1')] },
    { name: 'crd.example.com', versions: [versionOf('crd.example.com', 'v1')] },
  ],
} as KubeObject
const priorityOf = (group: string) => (group === 'apps' ? Number.POSITIVE_INFINITY : 1000)

test('groups of others stand by their priority, versions by theirs', () => {
  const remotes = [
    remote('low.example.com', 'v1'),
    remote('high.example.com', 'v1', { groupPriority: 2000 }),
    remote('high.example.com', 'v2', { groupPriority: 2000, versionPriority: 20 }),
  ]
  const { groups } = mergedGroupList(list, remotes, priorityOf) as KubeObject & {
    groups: readonly { name: string; versions: readonly { version: string }[] }[]
  }
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['apps', 'high.example.com', 'crd.example.com', 'low.example.com'],
  )
  assert.deepEqual(
    groups[1]?.versions.map(({ version }) => version),
    ['v2', 'v1'],
  )
  assert.deepEqual(mergedGroup(undefined, 'high.example.com', remotes)?.versions.length, 2)
  assert.equal(mergedGroup(undefined, 'nowhere', remotes), undefined)
  assert.equal(mergedGroupList(list, [], priorityOf), list)
})

test('aggregated discovery has what others serve, and nothing of those that never answered', () => {
  const own = {
    kind: 'APIGroupDiscoveryList',
    items: [{ metadata: { name: 'apps' }, versions: [{ version: 'v1' }] }],
  } as KubeObject
  const remotes = [
    remote('toys.example.com', 'v1'),
    remote('silent.example.com', 'v1', { documents: undefined }),
  ]
  const { items } = mergedDiscovery(own, remotes, priorityOf) as KubeObject & {
    items: readonly { metadata: { name: string }; versions: readonly object[] }[]
  }
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['apps', 'silent.example.com', 'toys.example.com'],
  )
  assert.deepEqual(items[1]?.versions, [{ version: 'v1', freshness: 'Stale', resources: [] }])
  assert.deepEqual(items[2]?.versions, [
    { version: 'v1', freshness: 'Current', resources: [{ resource: 'toys' }] },
  ])
})

test('types of the same name that differ get another, also where they are referred to', () => {
  const ref = (name: string) => ({ $ref: `#/definitions/${name}` })
  const own = { paths: { '/a': 1 }, definitions: { Meta: { type: 'object' }, Same: { x: 1 } } }
  const openApiV2 = {
    paths: { '/apis/toys.example.com/v1/toys': { body: ref('Meta') } },
    definitions: {
      Meta: { type: 'string' },
      Same: { x: 1 },
      Toy: { of: [ref('Meta'), ref('Same')] },
    },
  }
  const documents = { ...remote('a', 'v1').documents!, openApiV2 }
  assert.deepEqual(mergedSwagger(own, [remote('toys.example.com', 'v1', { documents })]), {
    paths: { '/a': 1, '/apis/toys.example.com/v1/toys': { body: ref('Meta_v2') } },
    definitions: {
      ...{ Meta: { type: 'object' }, Same: { x: 1 }, Meta_v2: { type: 'string' } },
      Toy: { of: [ref('Meta_v2'), ref('Same')] },
    },
  })
})
