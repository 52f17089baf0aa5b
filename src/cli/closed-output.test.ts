import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const main = new URL('../main.ts', import.meta.url).pathname

test('a reader that has enough (knarr … | head -1) is no error', () => {
  const line = `"$0" "$1" --help | true; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', line, process.execPath, main], {
    encoding: 'utf8',
  })
  assert.deepEqual([stdout, stderr], ['0\n', ''])
})
