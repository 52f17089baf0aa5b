import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Point, type Simulation, simulate } from './index.ts'

const heartbeat = readFileSync(
  new URL('../../examples/seed/2-heartbeat.yaml', import.meta.url),
  'utf8',
)

const scaled = heartbeat.replace('replicas: 2', 'replicas: 4')

/** A cluster with a past: something comes from outside at once, after 20 s, and after 60 s. */
async function withPast(): Promise<Simulation> {
  const cluster = await simulate({ nodes: 2, seed: 3 })
  await cluster.apply(heartbeat)
  await cluster.advance('20s')
  await cluster.apply(scaled)
  await cluster.advance('40s')
  await cluster.node('node-1').crash()
  await cluster.advance('2m')
  return cluster
}

const all = { routine: true, time: 'absolute' } as const

test('an exact fork goes on from any instant of the past, as if nothing had come since', async () => {
  await using cluster = await withPast()
  await using fork = await cluster.fork({ at: '30s' })
  assert.equal(fork.elapsedMs, 30_000)
  const lines = fork.log.lines(all)
  assert.deepEqual(lines, cluster.log.lines(all).slice(0, lines.length))
  await fork.advance('3m')
  assert.equal(fork.node('node-1').ready, true)
  assert.equal(fork.deployment('heartbeat').readyReplicas, 4)
})

test('what then comes again gives the same again, byte for byte', async () => {
  await using cluster = await withPast()
  const crashed = cluster.log.entries.find(({ verb }) => verb === 'fault')
  assert.ok(crashed)
  const before = new Date(crashed.wallMs - 1_000)
  await using fork = await cluster.fork({ at: before })
  await fork.advance(crashed.wallMs - fork.now.getTime())
  await fork.node('node-1').crash()
  await fork.advance(cluster.elapsedMs - fork.elapsedMs)
  assert.equal(fork.log.hash(), cluster.log.hash())
})

test('a revision is a point as well: the first instant that has it', async () => {
  await using cluster = await withPast()
  const scaling = cluster.log.entries.find(({ paths }) => paths.includes('spec.replicas'))
  const { revision = 0, wallMs = 0 } = scaling ?? {}
  await using fork = await simulate({ from: await cluster.snapshot(), at: { revision } })
  assert.equal(fork.now.getTime(), wallMs)
  assert.ok(fork.log.revision >= revision)
  assert.equal(fork.deployment('heartbeat').object.spec?.replicas, 4)
  await using earlier = await cluster.fork({ at: { revision: revision - 1 } })
  assert.equal(earlier.deployment('heartbeat').object.spec?.replicas, 2)
})

test('a fork of a fork has the past of both', async () => {
  await using cluster = await withPast()
  await using fork = await cluster.fork({ at: '30s' })
  await fork.advance('10s')
  await using again = await fork.fork({ at: '5s' })
  assert.equal(again.elapsedMs, 5_000)
  assert.equal(again.deployment('heartbeat').object.spec?.replicas, 2)
})

const refused: readonly (readonly [string, { type?: 'Warm'; at: Point }, string, RegExp])[] = [
  ['the future', { at: '1h' }, 'BadPoint', /it tells of 180(\.\d+)?s, .* not of 3600s$/],
  ['a time before it began', { at: new Date(0) }, 'BadPoint', /from 2026-01-01T00:00:00\.000Z/],
  [
    'a revision to come',
    { at: { revision: 1e6 } },
    'BadPoint',
    /ends at revision \d+, before 1000000$/,
  ],
  ['a revision that is none', { at: { revision: 0.5 } }, 'BadOption', /^at\.revision: 0\.5; /],
  ['a date that is none', { at: new Date('soon') }, 'BadOption', /^at: an invalid date$/],
  ['a duration that is none', { at: 'soon' }, 'BadDuration', /soon/],
  ['the past of a warm snapshot', { type: 'Warm', at: '1s' }, 'BadPoint', /a single instant/],
]

for (const [what, options, code, message] of refused) {
  test(`to go on from ${what} is refused`, async () => {
    await using cluster = await withPast()
    await assert.rejects(cluster.fork(options), { code, message })
  })
}
