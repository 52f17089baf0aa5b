import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patternOf } from './patterns.ts'

test('a pattern that nests too deeply is refused before it is read', () => {
  const nested = (depth: number) => `${'(a|'.repeat(depth)}b${')'.repeat(depth)}`
  const before = process.threadCpuUsage().user
  const refused = patternOf(nested(300_000))
  const usedMs = (process.threadCpuUsage().user - before) / 1000
  assert.deepEqual(refused, { refusal: 'error parsing regexp: expression nests too deeply' })
  assert.ok(usedMs < 300, `${usedMs} ms`)
  assert.ok('test' in patternOf(nested(50)))
})

test('what is escaped or stands in a class opens no group', () => {
  for (const part of ['\\(', '[(]', '[^](]', '[\\](]']) {
    const found = patternOf(`^(?:${part})*$${'x?'.repeat(300)}`.replace('$', ''))
    assert.ok('test' in found, part)
  }
  assert.ok('test' in patternOf('[(]'.repeat(1_500)))
})
