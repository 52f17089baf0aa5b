import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import programs from './programs.json' with { type: 'json' }
import { projects } from './projects.ts'
import { readResults, readUpstream } from './results.ts'
import { isInstallable } from './try-install.ts'

test('what is kept of projects that are installed is of the versions that are pinned', () => {
  const versions = (each: readonly { readonly name: string; readonly version: string }[]) =>
    each.map(({ name, version }) => `${name} ${version}`).toSorted()
  const { installed } = readResults()
  assert.deepEqual(versions(installed), versions(projects.filter(isInstallable)))
  for (const { name, objects, pods } of installed) assert.ok(objects > 0 && pods > 0, name)
})

test('programs that are tried against a cluster are of the versions that are pinned', () => {
  for (const { pinned, as } of programs) {
    assert.ok(readFileSync(join(import.meta.dirname, pinned), 'utf8').includes(as), as)
  }
})

test('what is kept of public projects is of the versions that are pinned, and all went as upstream has it', () => {
  const { projects: kept } = readResults()
  const versions = (each: readonly { readonly name: string; readonly version: string }[]) =>
    each.map(({ name, version }) => `${name} ${version}`).toSorted()
  assert.deepEqual(versions(kept), versions(projects))
  const upstream = readUpstream().projects
  for (const { name, definitions, accepted, refused, problems } of kept) {
    assert.ok(definitions > 0, name)
    assert.equal(accepted + refused, Object.keys(upstream[name] ?? {}).length, name)
    assert.deepEqual(problems, [], name)
  }
})
