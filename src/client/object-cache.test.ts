import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type KubeObject, keyOf, type Stored } from '#machinery'
import { createObjectCache } from './object-cache.ts'

interface Thing extends KubeObject {
  readonly node?: string
}

function thing(namespace: string, name: string, node?: string): Stored<Thing> {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { namespace, name, uid: name, resourceVersion: '1', creationTimestamp: '' },
    ...(node === undefined ? {} : { node }),
  }
}

const byNode = { node: (object: Stored<Thing>) => (object.node ? [object.node] : []) }

test('reads by key, namespace and index come in key order whatever the order of arrival', () => {
  const cache = createObjectCache<Thing>(byNode)
  for (const object of [thing('b', 'x', 'n1'), thing('a', 'z', 'n1'), thing('a', 'y', 'n2')]) {
    cache.set(keyOf(object), object)
  }
  assert.deepEqual(cache.list().map(keyOf), ['a/y', 'a/z', 'b/x'])
  assert.deepEqual(cache.list('a').map(keyOf), ['a/y', 'a/z'])
  assert.deepEqual(cache.by('node', 'n1').map(keyOf), ['a/z', 'b/x'])
  assert.throws(() => cache.by('nothing', 'x'), /no index named nothing/)
})

test('a change of an indexed value moves the object; a removal takes it out of every index', () => {
  const cache = createObjectCache<Thing>(byNode)
  const before = thing('a', 'y', 'n1')
  const after = thing('a', 'y', 'n2')
  assert.deepEqual(cache.set('a/y', before), { before: undefined, after: before })
  assert.equal(cache.set('a/y', before), undefined, 'the same value is no change')
  assert.deepEqual(cache.set('a/y', after), { before, after })
  assert.deepEqual([cache.by('node', 'n1'), cache.by('node', 'n2')], [[], [after]])
  cache.set('a/y', undefined)
  assert.deepEqual([cache.list(), cache.list('a'), cache.by('node', 'n2')], [[], [], []])
})

test('any sequence of puts and removals reads like a sorted map', () => {
  const operation = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    node: fc.option(fc.constantFrom('n1', 'n2')),
    gone: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const cache = createObjectCache<Thing>(byNode)
      const model = new Map<string, Stored<Thing>>()
      for (const { name, node, gone } of operations) {
        const object = thing('ns', name, node ?? undefined)
        cache.set(keyOf(object), gone ? undefined : object)
        if (gone) model.delete(keyOf(object))
        else model.set(keyOf(object), object)
        const expected = [...model]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([, value]) => value)
        assert.deepEqual(cache.list(), expected)
        assert.deepEqual(
          cache.by('node', 'n1'),
          expected.filter((value) => value.node === 'n1'),
        )
      }
    }),
  )
})
