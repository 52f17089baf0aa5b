/** The question that the seed begins with: how soon do pods move when their node dies? */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { drill } from '#testing'

const seed = join(dirname(fileURLToPath(import.meta.url)), '../../../examples/seed')
const moving = readFileSync(join(seed, '5-nginx-deployment.yaml'), 'utf8')
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'my-nginx' },
  spec: { selector: { app: 'my-nginx' }, ports: [{ port: 443 }] },
}
/** The same without what the seed found to be the fix. */
const staying = moving.replace(/ {6}tolerations:\n(?: {8}.*\n)*/, '')
const objectives = { readyWithinMs: 70_000 }

test('pods that tolerate a lost node for 2 s are Ready elsewhere 2 s after it is NotReady', async () => {
  const { verdict, worst } = await drill('node-loss', {
    manifests: [moving, service],
    objectives,
    seeds: 1,
  })
  assert.equal(verdict, 'pass')
  const { readyAfterMs, longestGapMs } = worst?.figures ?? {}
  // 40 to 60 s until NotReady, 2 s of toleration, then a start.
  assert.ok((readyAfterMs ?? 0) > 40_000 && (readyAfterMs ?? 0) < 70_000, `${readyAfterMs}`)
  assert.ok((longestGapMs ?? Number.POSITIVE_INFINITY) < 10_000)
})

test('those that do not need five minutes more, and tolerationSeconds is what is advised', async () => {
  assert.notEqual(staying, moving)
  const { verdict, missed, advice } = await drill('node-loss', {
    manifests: [staying, service],
    objectives,
    seeds: 1,
  })
  assert.equal(verdict, 'fails')
  const miss = missed.find(({ objective }) => objective === 'readyWithinMs')
  assert.ok((miss?.measured ?? 0) > 340_000)
  assert.deepEqual(
    advice?.patches.map(({ change }) => change),
    ['toleration-seconds'],
  )
  assert.equal(advice?.meetsObjectives, true)
})
