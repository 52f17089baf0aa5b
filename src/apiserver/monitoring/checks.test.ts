import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { startTestServer } from '../server-fixture.ts'
import { serverChecks } from './checks.ts'

test('a server shows its checks, those of readiness only where that is asked', async () => {
  await using server = await startTestServer()
  const ask = async (path: string) => (await server.send('GET', path)).body
  assert.equal(await ask('/livez?verbose'), '[+]ping ok\n[+]etcd ok\nlivez check passed\n')
  const lines = ['ping', 'etcd', 'etcd-readiness', 'informer-sync'].map((name) => `[+]${name} ok`)
  assert.equal(await ask('/readyz?verbose'), [...lines, 'readyz check passed', ''].join('\n'))
  assert.equal(await ask('/readyz/etcd'), 'ok')
})

test('a store that does not answer is not well once its time is over, nor is one that is away', async () => {
  const clock = createVirtualClock()
  const silent = { currentRevision: () => new Promise<number>(() => undefined) }
  const caches = { isFollowing: false }
  const [, etcd, , sync] = serverChecks({ store: silent, clock, caches })
  const fault = Promise.resolve(etcd?.check())
  await clock.advance(1_999)
  await clock.advance(1)
  assert.equal(await fault, 'error getting data from etcd: context deadline exceeded')
  assert.equal(await sync?.check(), 'the caches do not follow the store')
  const away = { currentRevision: () => Promise.reject(new Error('connection refused')) }
  const [, other] = serverChecks({ store: away, clock, caches })
  await assert.rejects(Promise.resolve(other?.check()), { message: 'connection refused' })
})
