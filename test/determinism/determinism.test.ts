import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import type { SimClusterOptions, WarmState } from '#cluster/simulation'
import { decodeSnapshot } from '#lab/snapshots'
import { type Simulation, simulate } from '#testing'
import { projectRoot } from '../fixture/tools.ts'
import { mixedScenario } from './mixed-fixture.ts'

/** How many seeds; `make determinism` tries a thousand. */
const seeds = Number(process.env.KNARR_SEEDS ?? 10)

/** One run to its end. */
interface Outcome {
  readonly log: string
  readonly state: string
  readonly order: string
}

async function run(
  seed: number,
  scenario: (cluster: Simulation) => Promise<void>,
): Promise<Outcome> {
  // One example is a manifest of a time when the group was served.
  const runtimeConfig = ['extensions/v1beta1=true']
  await using cluster = await simulate({ nodes: 3, seed, guard: 'strict', runtimeConfig })
  await scenario(cluster)
  return { log: cluster.log.hash(), state: await stateOf(cluster), order: orderOf(cluster) }
}

/**
 * A hash of all objects to the last byte, of the clock with its chance, and of the network. Not of
 * the machines: pods' tokens are on their disks, and keys never come from a seed.
 */
async function stateOf(cluster: Simulation): Promise<string> {
  const content = decodeSnapshot<SimClusterOptions, WarmState>(await cluster.snapshot('Warm'))
  assert.ok(content.type === 'Warm')
  const { nodes: _, ...rest } = content.state
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex')
}

/** Who was placed where, in the order of placement; names without what chance gives them. */
function orderOf({ log }: Simulation): string {
  return log.entries
    .filter(({ actor, verb }) => actor === 'scheduler' && verb === 'update')
    .map(({ key, changes }) => `${key.replace(/-[a-z0-9]{5}$/, '')} ${changes[0]}`)
    .join(', ')
}

async function sweep(scenario: (cluster: Simulation) => Promise<void>): Promise<void> {
  const orders = new Set<string>()
  for (let seed = 1; seed <= seeds; seed++) {
    const first = await run(seed, scenario)
    const second = await run(seed, scenario)
    assert.deepEqual(second, first, `seed ${seed} does not repeat itself`)
    orders.add(first.order)
  }
  // Of a manifest whose pods fit nowhere there is no order of placements.
  const isPlaced = [...orders].some((order) => order.includes('bound to'))
  assert.ok(orders.size > 1 || !isPlaced, 'no seed changes the order of anything')
}

test(`a mixed scenario repeats itself under each of ${seeds} seeds`, () => sweep(mixedScenario))

for (const path of globSync('examples/**/*.yaml', { cwd: projectRoot }).toSorted()) {
  test(`${basename(path)} repeats itself under each of ${seeds} seeds`, () =>
    sweep(async (cluster) => {
      await cluster.apply(readFileSync(`${projectRoot}/${path}`, 'utf8'))
      await cluster.advance('2m')
    }))
}
