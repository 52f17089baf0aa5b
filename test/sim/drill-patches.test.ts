/** What drills advise is applied by real kubectl; then the same drill passes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { KubeObject } from '#machinery'
import { decodeYaml } from '#machinery/codec'
import { type DrillOutcome, drill } from '#testing'
import { projectRoot, testTools } from '../fixture/tools.ts'

const faulty = join(projectRoot, 'examples/drills/faulty')
const folder = mkdtempSync(join(tmpdir(), 'knarr-patches-'))
after(() => rmSync(folder, { recursive: true }))

type Patch = NonNullable<DrillOutcome['advice']>['patches'][number]

function isTarget({ kind, metadata }: KubeObject, { target }: Patch): boolean {
  return kind === target.kind && metadata?.name === target.name
}

/** Patches an object as `kubectl patch` does, without any server. */
function patched(object: KubeObject, { type, patch }: Patch): KubeObject {
  const file = join(folder, 'object.json')
  writeFileSync(file, JSON.stringify(object))
  const words = ['patch', '--local', '-f', file, '--type', type, '-p', JSON.stringify(patch)]
  const text = execFileSync(testTools().kubectl, [...words, '-o', 'json'], { encoding: 'utf8' })
  return JSON.parse(text)
}

describe('advice that kubectl applies', () => {
  const files = [
    'liveness-too-tight',
    'no-readiness-probe',
    'requests-too-large',
    'selector-typo',
    'wrong-target-port',
  ]
  for (const file of files) {
    test(`${file}: the drill passes then, and has nothing more to advise`, async () => {
      const text = readFileSync(join(faulty, `${file}.yaml`), 'utf8')
      const { verdict, advice } = await drill('start', { manifests: text })
      assert.equal(verdict, 'fails')
      const patches = advice?.patches ?? []
      assert.ok(patches.length > 0)
      // Cast: the examples hold objects.
      const objects = decodeYaml(text) as readonly KubeObject[]
      const changed = objects.map((object) =>
        patches.filter((patch) => isTarget(object, patch)).reduce(patched, object),
      )
      assert.notDeepEqual(changed, objects)
      const again = await drill('start', { manifests: changed })
      assert.deepEqual([again.verdict, again.advice], ['pass', undefined])
    })
  }
})
