import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const library = new URL('../../../src/testing/index.ts', import.meta.url).href

/** Runs in a process of its own, whose heap nobody else uses. */
const program = `
import { getHeapSpaceStatistics } from 'node:v8'
import { simulate } from ${JSON.stringify(library)}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
}

async function live(seed) {
  await using cluster = await simulate({ seed })
  await cluster.apply(pod)
  await cluster.until(() => cluster.pod('web').ready)
  using load = cluster.load({ to: cluster.pod('web').object.status.podIP, perSecond: 5 })
  await cluster.node('node-1').crash()
  await cluster.advance('2s')
  return cluster.log.hash()
}

const ofData = ['new_space', 'old_space', 'large_object_space', 'new_large_object_space']

/** Objects that are reachable; code that was compiled meanwhile is not what is asked about. */
async function heapBytes() {
  for (let round = 0; round < 5; round++) {
    await new Promise((done) => setImmediate(done))
    globalThis.gc()
  }
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => ofData.includes(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0)
}

async function oneByOne(count) {
  for (let seed = 0; seed < count; seed++) await live(seed)
  return heapBytes()
}

const afterHundred = await oneByOne(100)
const afterTwoHundred = await oneByOne(100)
const alone = await live(1)
const together = await Promise.all(Array.from({ length: 20 }, (_, seed) => live(seed)))
const afterTogether = await heapBytes()
console.log(JSON.stringify({ afterHundred, afterTwoHundred, afterTogether, alone, together }))
`

interface Findings {
  readonly afterHundred: number
  readonly afterTwoHundred: number
  readonly afterTogether: number
  readonly alone: string
  readonly together: readonly string[]
}

/** A cluster is some megabytes; one in a hundred that stays would be more than this. */
const hairBytes = 1024 * 1024

test('clusters leave nothing behind, one after the other or many at once, and do not meet', async () => {
  const options = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--input-type=module']
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [...options, '-e', program])
  const found = JSON.parse(stdout) as Findings
  const { afterHundred, afterTwoHundred, afterTogether } = found
  const grown = afterTwoHundred - afterHundred
  assert.ok(grown < hairBytes, `a hundred clusters more left ${grown} bytes`)
  const grownTogether = afterTogether - afterTwoHundred
  assert.ok(grownTogether < hairBytes, `twenty at once left ${grownTogether} bytes`)
  assert.equal(new Set(found.together).size, 20)
  assert.equal(found.together[1], found.alone)
})
