import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pods } from '#api'
import { simulate } from '#testing'

const updates = 499

for (const together of [1, 50]) {
  test(`the kubelet has seen all of 500 generations, ${together} at a time`, async () => {
    await using cluster = await simulate()
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {activeDeadlineSeconds: 5000, containers: [{name: main, image: shop/web}]}
`)
    await cluster.until(() => cluster.pod('web').ready)
    const key = { name: 'web', namespace: 'default' }
    for (let done = 0; done < updates; done++) {
      const patch = { spec: { activeDeadlineSeconds: 4999 - done } }
      await cluster.client.patch(pods, key, { kind: 'merge', patch })
      if (done % together === 0) await cluster.advance(10)
    }
    const pod = () => cluster.list(pods)[0]
    assert.equal(pod()?.metadata.generation, updates + 1)
    await cluster.until(() => pod()?.status?.observedGeneration === updates + 1, { within: '1m' })
    assert.equal(pod()?.metadata.generation, updates + 1)
    assert.equal(cluster.pod('web').restarts, 0)
  })
}
