import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { systemClock, systemRandom } from '#lib'
import { startTestEtcd, type TestEtcd } from '../../../test/fixture/etcd.ts'
import { freePort } from '../../../test/fixture/real-cluster.ts'
import { storeConformance } from '../conformance.ts'
import { createEtcdStore } from './etcd-store.ts'

const version = spawnSync('etcd', ['--version'], { encoding: 'utf8' })
const skip = version.error
  ? 'there is no etcd on this machine (apt-get install etcd-server)'
  : undefined

let endpoint = ''
let roots = 0

describe('against a real etcd', { skip: skip ?? false }, () => {
  let etcd: TestEtcd | undefined

  before(async () => {
    etcd = await startTestEtcd()
    endpoint = etcd.endpoint
  })
  after(() => etcd?.[Symbol.asyncDispose]())

  storeConformance(
    'etcd',
    async () => {
      const root = `/test-${roots++}/`
      const open = () => {
        const store = createEtcdStore({
          endpoints: [endpoint],
          clock: systemClock,
          random: systemRandom,
          root,
        })
        return {
          store,
          wallMs: systemClock.wallMs,
          pass: (ms: number) => systemClock.sleep(ms),
          async reopen() {
            await store[Symbol.asyncDispose]()
            return open()
          },
          [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
        }
      }
      return open()
    },
    { skip, runs: 25, maxRequestBytes: 1.5 * 1024 * 1024 },
  )

  test('reports an etcd that does not answer', async () => {
    const nobody = `127.0.0.1:${await freePort()}`
    await using store = createEtcdStore({
      endpoints: [nobody],
      clock: systemClock,
      random: systemRandom,
    })
    const unavailable = { code: 'StoreUnavailable' }
    await assert.rejects(store.range({ prefix: '' }), unavailable)
    await assert.rejects(store.commit([], [{ kind: 'delete', key: 'a' }]), unavailable)
    const watch = store.watch('', 1, new AbortController().signal)
    await assert.rejects(Array.fromAsync(watch), unavailable)
  })

  test('reads from another member when one does not answer', async () => {
    const nobody = `127.0.0.1:${await freePort()}`
    const endpoints = [nobody, endpoint]
    await using store = createEtcdStore({ endpoints, clock: systemClock, random: systemRandom })
    assert.ok((await store.currentRevision()) >= 1)
  })
})
