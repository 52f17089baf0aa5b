import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { snapshots } from '#api'
import { keepSnapshots } from '#lab/snapshots'
import { silentLogger, systemClock } from '#lib'
import { defaultSimOptions } from './options.ts'
import { createSimCluster, type SimCluster } from './sim-cluster.ts'

const tokenKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

/** A cluster whose snapshots are kept while `use` runs. */
async function kept(use: (cluster: SimCluster) => Promise<void>): Promise<void> {
  const world = { wall: systemClock, log: silentLogger, tokenKey, onFailure: () => undefined }
  await using cluster = await createSimCluster(defaultSimOptions, world)
  const stop = new AbortController()
  const keeping = keepSnapshots(cluster, stop.signal)
  await use(cluster)
  stop.abort()
  await keeping
}

const ask = ({ client }: SimCluster, name: string) =>
  client.create(snapshots, { metadata: { name }, spec: { type: 'Exact' } })

/** The keeper stands outside of virtual time: it is given turns of this process. */
async function phaseOf({ objects }: SimCluster, name: string): Promise<string | undefined> {
  const phase = () => objects.get(snapshots, { name })?.status?.phase
  for (let turn = 0; turn < 2000 && phase() === 'Pending'; turn++) await setImmediate()
  return phase()
}

describe('the keeper of snapshots', () => {
  test('takes one however long the cluster has run: a watch lives no longer than an hour', async () => {
    await kept(async (cluster) => {
      await ask(cluster, 'early')
      assert.equal(await phaseOf(cluster, 'early'), 'Ready')
      await cluster.timeDriver.advance(3 * 3_600_000)
      await ask(cluster, 'late')
      assert.equal(await phaseOf(cluster, 'late'), 'Ready')
      assert.deepEqual([...cluster.snapshots.keys()], ['early', 'late'])
    })
  })

  test('does not mind that one is deleted before it is taken', async () => {
    await kept(async (cluster) => {
      const made = Array.from({ length: 20 }, async (_, index) => {
        await ask(cluster, `short-${index}`)
        await cluster.client.delete(snapshots, { name: `short-${index}` })
      })
      await Promise.all(made)
      await ask(cluster, 'kept')
      assert.equal(await phaseOf(cluster, 'kept'), 'Ready')
      assert.deepEqual([...cluster.snapshots.keys()], ['kept'])
    })
  })
})
