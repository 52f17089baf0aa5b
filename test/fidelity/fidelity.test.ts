import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '#lib'
import { startRealCluster } from '../real-cluster.ts'
import { startServedSimulation } from '../sim-cluster.ts'
import { projectRoot } from '../tools.ts'
import { recordPods, type Trace } from './trace.ts'

const manifest = readFileSync(join(projectRoot, 'test/fidelity/scenarios.yaml'), 'utf8')
const names = [...manifest.matchAll(/^metadata: \{name: ([\w-]+)\}/gm)].map(([, name = '']) => name)

/** How long the pods live, in either world. */
const lifeMs = 30_000

type Traces = Readonly<Record<string, Trace>>

async function inReality(): Promise<Traces> {
  await using cluster = await startRealCluster()
  await using recorder = await recordPods(cluster.dataDir)
  await cluster.apply(manifest)
  await systemClock.sleep(lifeMs)
  await cluster.kubectl('delete', 'pods', '--all', '--grace-period=1')
  return recorder.traces()
}

async function inSimulation(): Promise<Traces> {
  await using cluster = await startServedSimulation()
  await using recorder = await recordPods(cluster.dataDir)
  await cluster.apply(manifest)
  await cluster.knarr('clock', 'advance', `${lifeMs}ms`)
  await cluster.kubectl('delete', 'pods', '--all', '--grace-period=1', '--wait=false')
  await cluster.knarr('clock', 'advance', '5s')
  return recorder.traces()
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
