import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock, systemRandom } from '#lib'
import { openEtcdStore } from '#store'
import { startTestEtcd } from '../fixture/etcd.ts'
import { checkedKinds, checkWatches } from './checker-fixture.ts'

for (const kind of checkedKinds) {
  test(`watches of ${kind.kind}s in etcd lose nothing and repeat nothing`, async () => {
    await using etcd = await startTestEtcd()
    const endpoints = [`http://${etcd.endpoint}`]
    await using store = await openEtcdStore({ endpoints, clock: systemClock, random: systemRandom })
    const report = await checkWatches({ store, kind, seed: '1', writes: 60, disturbances: 6 })
    assert.deepEqual(report.faults, [])
    assert.ok(report.conflicts > 20, `${report.conflicts} writes met others`)
    assert.ok(report.relists > 8, `${report.relists} lists`)
  })
}
