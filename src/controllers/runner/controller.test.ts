import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '#client'
import type { KubeObject, ResourceRef, Stored } from '#machinery'
import { type WatchedResource, watching } from './controller.ts'

const things = { group: '', version: 'v1', kind: 'Thing', plural: 'things' } as ResourceRef

test('a change concerns what the object meant before as well as what it means now, each once', () => {
  const { keys } = watching(things, ({ metadata }) =>
    Object.keys(metadata.labels ?? {}),
  ) as unknown as WatchedResource
  const labelled = (...names: readonly string[]) =>
    ({ metadata: { labels: Object.fromEntries(names.map((name) => [name, ''])) } }) as Stored
  const change = (before?: Stored, after?: Stored) => keys({ before, after } as Change<KubeObject>)
  assert.deepEqual(change(labelled('a'), labelled('a')), ['a'])
  assert.deepEqual(change(labelled('a'), labelled('b')), ['a', 'b'])
  assert.deepEqual(change(labelled('a'), labelled()), ['a'])
  assert.deepEqual(change(labelled(), labelled('b')), ['b'])
  assert.deepEqual(change(labelled('a', 'b'), labelled('b', 'c')), ['a', 'b', 'c'])
  assert.deepEqual(change(undefined, labelled('a')), ['a'])
  assert.deepEqual(change(labelled('a'), undefined), ['a'])
})
