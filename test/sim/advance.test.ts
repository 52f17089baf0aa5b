import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startServedSimulation } from '../fixture/sim-cluster.ts'
import { knarr, projectRoot } from '../fixture/tools.ts'

/** The seed's first snippet with its typo: a shell that loops without a pause. */
const typo = readFileSync(`${projectRoot}/test/scenarios/cases/37-seed-typo-sleep20.yaml`, 'utf8')

test('an advance that costs much can be interrupted, says how far it got and what costs the time', async () => {
  await using cluster = await startServedSimulation()
  await cluster.apply(typo)
  const running = spawn(
    knarr,
    ['clock', 'advance', '20h', '--output', 'json', '--data-dir', cluster.dataDir],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let [out, err] = ['', '']
  running.stdout.on('data', (chunk) => {
    out += chunk
  })
  // A line tells how far it is, at the latest 10 s of wall time after its start.
  const shown = Promise.withResolvers<void>()
  running.stderr.on('data', (chunk) => {
    err += chunk
    if (/\d+ % {2}\S+ of 20h0m0s/.test(err)) shown.resolve()
  })
  await shown.promise
  running.kill('SIGINT')
  const [code] = await once(running, 'exit')
  assert.equal(code, 130, err)
  assert.match(err, /error: interrupted with \S+ of 20h left\n {2}Go on with 'knarr clock advance/)
  assert.match(
    err,
    /this took \S+; of what containers computed \(\d+ steps\): pod default\/ubuntu: \d+ %/,
  )
  const { elapsed, left } = JSON.parse(out)
  assert.match(elapsed, /^\d+(h|m)/)
  assert.match(left, /^\d+h/)
  const pods = await cluster.kubectl('get', 'pods')
  assert.match(pods, /ubuntu +1\/1 +Running +0 /)
})
