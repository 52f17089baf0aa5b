import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '#lib'
import { type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'
import { startServedSimulation } from '../fixture/sim-cluster.ts'
import { projectRoot } from '../fixture/tools.ts'
import { recordPods, type Trace } from './trace.ts'

const seed = join(projectRoot, 'examples/seed')
const scenarios = readFileSync(join(projectRoot, 'test/fidelity/scenarios.yaml'), 'utf8')
const seeds = readdirSync(seed).map((file) => readFileSync(join(seed, file), 'utf8'))
const names = [
  ...[...scenarios.matchAll(/^metadata: \{name: ([\w-]+)\}/gm)].map(([, name = '']) => name),
  ...['ubuntu', 'heartbeat', 'my-nginx'],
]

/**
 * How long the pods live, in either world. Those that crash start again after about 15, 40 and 80 s,
 * and images are asked for after 10, 30 and 70 s: then the pods have to be gone, however long it
 * takes to make and to delete so many. The seed's heartbeat is asked for the first time between 30
 * and 60 s.
 */
const lifeMs = 60_000
const headStartMs = 5_000
/** The seed's heartbeat serves on for 3 s after SIGTERM. */
const grace = '--grace-period=5'

type Traces = Readonly<Record<string, readonly Trace[]>>

async function inReality(): Promise<Traces> {
  await using cluster = await startRealCluster('--runtime-config', 'extensions/v1beta1=true')
  await using recorder = await recordPods(cluster.dataDir)
  for (const manifest of seeds) await cluster.apply(manifest)
  await systemClock.sleep(headStartMs)
  await cluster.apply(scenarios)
  await systemClock.sleep(lifeMs)
  await orphan(cluster)
  await cluster.kubectl('delete', 'pods', '--all', grace)
  return recorder.traces()
}

async function inSimulation(): Promise<Traces> {
  await using cluster = await startServedSimulation('--runtime-config', 'extensions/v1beta1=true')
  await using recorder = await recordPods(cluster.dataDir)
  for (const manifest of seeds) await cluster.apply(manifest)
  await cluster.knarr('clock', 'advance', `${headStartMs}ms`)
  await cluster.apply(scenarios)
  await cluster.knarr('clock', 'advance', `${lifeMs}ms`)
  await orphan(cluster)
  await cluster.knarr('clock', 'advance', '1s')
  await cluster.kubectl('delete', 'pods', '--all', grace, '--wait=false')
  await cluster.knarr('clock', 'advance', '8s')
  return recorder.traces()
}

/** Nobody but the test deletes pods, and nobody makes new ones. */
async function orphan({ kubectl }: Pick<RealCluster, 'kubectl'>): Promise<void> {
  for (const kind of ['deployments', 'replicasets']) {
    await kubectl('delete', kind, '--all', '--cascade=orphan', '--wait=false')
  }
}

describe('pods live the same lives in both worlds', () => {
  let real: Traces
  let simulated: Traces

  before(async () => {
    ;[real, simulated] = await Promise.all([inReality(), inSimulation()])
  })

  after(() => undefined)

  for (const name of names) {
    test(name, () => {
      assert.ok(real[name], 'seen in reality')
      assert.deepEqual(simulated[name], real[name])
    })
  }
})
