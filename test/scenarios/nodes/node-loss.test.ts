import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases } from '#api'
import { simulate } from '#testing'

for (const runsForMs of [1_000, 12_500, 31_000, 59_900]) {
  test(`a node that dies after ${runsForMs / 1000} s is Unknown 50 to 55 s after its last sign of life`, async () => {
    await using cluster = await simulate({ nodes: 2 })
    await cluster.advance(runsForMs)
    await cluster.node('node-2').crash()
    const [lease] = cluster.list(leases, 'kube-node-lease').filter(isOfNode2)
    const renewedMs = Date.parse(lease?.spec?.renewTime ?? '')
    await cluster.until(() => !cluster.node('node-2').ready)
    const silentMs = cluster.now.getTime() - renewedMs
    assert.ok(silentMs >= 50_000 && silentMs <= 55_000, `${silentMs} ms`)
  })
}

const isOfNode2 = ({ metadata }: { metadata: { name: string } }) => metadata.name === 'node-2'
