/** The twelve manifests of examples/drills with one fault each. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { drill } from '#testing'

const examples = join(dirname(fileURLToPath(import.meta.url)), '../../../examples/drills')
const read = (file: string) => readFileSync(join(examples, file), 'utf8')

interface Fault {
  readonly file: string
  /** The drill that shows it. */
  readonly drill: string
  /** What the report calls it. */
  readonly cause: string
  /** The one change that mends it. */
  readonly change: string
}

const faults: readonly Fault[] = [
  {
    file: 'no-readiness-probe',
    drill: 'start',
    cause: 'no-readiness-probe',
    change: 'readiness-probe',
  },
  { file: 'no-pre-stop', drill: 'stop', cause: 'stale-endpoint', change: 'pre-stop-sleep' },
  { file: 'single-replica', drill: 'drain', cause: 'no-endpoint', change: 'replicas' },
  { file: 'recreate', drill: 'update', cause: 'no-endpoint', change: 'max-unavailable' },
  { file: 'liveness-too-tight', drill: 'start', cause: 'probe-restarts', change: 'startup-probe' },
  { file: 'no-liveness-probe', drill: 'crash', cause: 'hangs', change: 'liveness-probe' },
  { file: 'budget-blocks', drill: 'drain', cause: 'unfinished', change: 'looser-budget' },
  {
    file: 'all-on-one-node',
    drill: 'node-loss',

    cause: 'no-endpoint',
    change: 'spread-nodes',
  },
  { file: 'grace-too-short', drill: 'stop', cause: 'cut-off', change: 'grace-30s' },
  { file: 'requests-too-large', drill: 'start', cause: 'stuck-pending', change: 'requests' },
  { file: 'selector-typo', drill: 'start', cause: 'no-endpoint', change: 'selector' },
  { file: 'wrong-target-port', drill: 'start', cause: 'not-listening', change: 'target-port' },
]

describe('a manifest with one fault', () => {
  for (const { file, drill: name, cause, change } of faults) {
    test(`${file}: ${name} names it, counts its damage and advises ${change}, which mends it`, async () => {
      const manifests = read(`faulty/${file}.yaml`)
      const { verdict, worst, advice, missed } = await drill(name, { manifests, seeds: 1 })
      assert.equal(verdict, 'fails')
      assert.ok(missed.length > 0)
      assert.ok(worst?.causes.some(({ id }) => id === cause))
      assert.deepEqual(
        advice?.patches.map((patch) => patch.change),
        [change],
      )
      // The figures after it are those of the changed manifest, which was run.
      assert.equal(advice?.meetsObjectives, true)
      assert.ok((advice?.runs ?? 0) > 0)
    })
  }

  test('stands in the table, and none else', () => {
    const files = readdirSync(join(examples, 'faulty'))
    assert.deepEqual(files, faults.map(({ file }) => `${file}.yaml`).toSorted())
    assert.equal(files.length, 12)
  })
})
