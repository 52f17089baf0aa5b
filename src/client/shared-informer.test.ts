import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Channel, createChannel, createVirtualClock, seededRandom } from '#lib'
import type { KubeObject, ResourceRef, Stored } from '#machinery'
import { resourceExpired } from '#machinery/status'
import type { List, Reader, WatchEvent } from './contract/client.ts'
import type { Change } from './informer.ts'
import { createInformer } from './shared-informer.ts'

const things: ResourceRef = {
  group: '',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  scope: 'Namespaced',
}

function thing(name: string, resourceVersion: string): Stored {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { namespace: 'a', name, uid: name, resourceVersion, creationTimestamp: '' },
  }
}

/** A server by script: each list and each watch takes the next answer. */
function scripted(lists: (List<KubeObject> | Error)[]) {
  const watches: { from: string; events: Channel<WatchEvent<KubeObject>> }[] = []
  const reader = {
    list: () => {
      const answer = lists.shift()
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
    watch: (_resource: unknown, query: { resourceVersion?: string }, signal: AbortSignal) => {
      const events = createChannel<WatchEvent<KubeObject>>(100, { signal })
      watches.push({ from: query.resourceVersion ?? '', events })
      return events
    },
  } as unknown as Reader
  return { reader, watches }
}

async function started(lists: (List<KubeObject> | Error)[]) {
  const clock = createVirtualClock()
  const server = scripted(lists)
  const stop = new AbortController()
  const errors: string[] = []
  const informer = createInformer(
    {
      client: server.reader,
      clock,
      random: seededRandom(1),
      onError: (_, message) => errors.push(message),
    },
    things,
  )
  const seen: string[] = []
  informer.subscribe((change: Change<KubeObject>) => {
    const { before, after } = change
    seen.push(
      `${before?.metadata.resourceVersion ?? '-'}>${after?.metadata.resourceVersion ?? '-'}`,
    )
  })
  const run = informer.run(stop.signal)
  await clock.settle()
  return { clock, server, informer, seen, errors, stop, run }
}

test('it lists, then watches from there, and hands every change to its subscribers in order', async () => {
  const { clock, server, informer, seen } = await started([
    { resourceVersion: '5', items: [thing('x', '3')] },
  ])
  assert.equal(informer.synced, true)
  assert.equal(server.watches[0]?.from, '5')
  server.watches[0]?.events.push({ type: 'MODIFIED', object: thing('x', '6') })
  server.watches[0]?.events.push({ type: 'DELETED', object: thing('x', '7') })
  await clock.settle()
  assert.deepEqual(seen, ['->3', '3>6', '6>-'])
  assert.equal(informer.get('a/x'), undefined)
})

test('a watch that ends is resumed from the last bookmark, without a new list', async () => {
  const { clock, server } = await started([{ resourceVersion: '5', items: [] }])
  server.watches[0]?.events.push({ type: 'BOOKMARK', resourceVersion: '9' })
  server.watches[0]?.events.close()
  await clock.settle()
  assert.equal(server.watches[1]?.from, '9')
})

test('after 410 it lists again at once and publishes just the difference', async () => {
  const { clock, server, seen } = await started([
    { resourceVersion: '5', items: [thing('x', '3'), thing('y', '4')] },
    { resourceVersion: '12', items: [thing('y', '4'), thing('z', '11')] },
  ])
  server.watches[0]?.events.fail(resourceExpired('too old resource version: 5 (10)'))
  await clock.settle()
  assert.deepEqual(seen, ['->3', '->4', '3>-', '->11'])
  assert.equal(server.watches[1]?.from, '12')
})

test('a failing server is asked again with growing delays', async () => {
  const { clock, informer, errors } = await started([
    new Error('away'),
    new Error('away'),
    { resourceVersion: '2', items: [] },
  ])
  assert.deepEqual([informer.synced, errors], [false, ['away']])
  await clock.advance(1600)
  assert.deepEqual([informer.synced, errors.length], [false, 2])
  await clock.advance(3200)
  assert.equal(informer.synced, true)
})

test('it ends when its signal aborts, and those who wait for it are told', async () => {
  const { clock, stop, run, informer } = await started([new Error('away')])
  const waiting = assert.rejects(informer.whenSynced(stop.signal), /enough/)
  stop.abort(new Error('enough'))
  await clock.settle()
  await run
  await waiting
})
