import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runCli } from '../../index.ts'

const examples = join(dirname(fileURLToPath(import.meta.url)), '../../../../examples/drills')
const sound = join(examples, 'sound/web.yaml')
const faulty = join(examples, 'faulty/selector-typo.yaml')
const directory = mkdtempSync(join(tmpdir(), 'knarr-drill-'))
after(() => rmSync(directory, { recursive: true }))

async function drill(...words: readonly string[]) {
  const written = { out: '', err: '' }
  const terminal = {
    out: (text: string) => {
      written.out += text
    },
    err: (text: string) => {
      written.err += text
    },
    isInteractive: false,
  }
  const code = await runCli(['node', 'knarr', 'drill', ...words], terminal)
  return { code, ...written }
}

describe('knarr drill', () => {
  test('ends with 0 when all objectives are met, and prints JSON when it is asked to', async () => {
    const { code, out } = await drill('start', '-f', sound, '--seeds', '1', '--output', 'json')
    assert.equal(code, 0)
    const report = JSON.parse(out)
    assert.deepEqual([report.kind, report.verdict], ['DrillReport', 'pass'])
  })

  test('ends with 1 when one is missed, with the change that mends it and how to run it again', async () => {
    const { code, out, err } = await drill('start', '-f', faulty, '--seeds', '1')
    assert.equal(code, 1)
    assert.equal(err, '')
    assert.match(out, /^fails +start/)
    assert.match(out, /^ +kubectl patch service web -n default --type strategic -p '/m)
    assert.match(out, new RegExp(`^ +knarr drill start -f ${faulty} --seed 1 --log$`, 'm'))
  })

  test('prints the event log of one run, the same each time', async () => {
    const words = ['start', '-f', sound, '--seed', '3', '--log']
    const [first, second] = [await drill(...words), await drill(...words)]
    assert.equal(first.code, 0)
    assert.match(first.out, /^# start: cold start, seed 3\n/)
    assert.ok(first.out.split('\n').length > 100)
    assert.equal(second.out, first.out)
  })

  test('takes the manifests of a directory', async () => {
    const empty = await drill('start', '-f', directory, '--seeds', '1')
    assert.deepEqual([empty.code, empty.out], [2, ''])
    assert.match(empty.err, /holds no object/)
    writeFileSync(join(directory, 'a.yaml'), 'kind: Service\n')
    const broken = await drill('start', '-f', directory)
    assert.match(broken.err, /a\.yaml:1: this object has no apiVersion/)
  })

  const table: readonly (readonly [what: string, words: readonly string[], err: RegExp])[] = [
    ['a file that is not there', ['-f', 'no-such.yaml'], /no-such\.yaml cannot be read/],
    ['an unknown drill', ['earthquake', '-f', sound], /there is no drill earthquake/],
    ['a duration that is none', ['-f', sound, '--max-gap', 'soon'], /--max-gap is not a positive/],
    ['a log of all runs', ['start', '-f', sound, '--log'], /Name the drill and give --seed N/],
  ]
  for (const [what, words, message] of table) {
    test(`ends with 2 for ${what}`, async () => {
      const { code, err, out } = await drill(...words)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, message)
    })
  }
})
