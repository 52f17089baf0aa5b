import assert from 'node:assert/strict'
import { test } from 'node:test'
import { projects } from './projects.ts'
import { readResults, readUpstream } from './results.ts'

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
