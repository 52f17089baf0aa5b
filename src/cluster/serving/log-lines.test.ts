import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogLine } from '#lib'
import { type LogFormat, lineWriter } from './log-lines.ts'

function written(format: LogFormat, line: LogLine): string {
  let text = ''
  lineWriter(format, (part) => {
    text += part
  })(line)
  assert.match(text, /^[^\n]*\n$/)
  return text.slice(0, -1)
}

const wallMs = Date.parse('2026-01-02T03:04:05.678Z')

test('a line for people is one line, whatever is in it', () => {
  const fields = { key: 'default/web', tries: 3, nothing: undefined, error: 'no\nroom' }
  assert.equal(
    written('text', { wallMs, level: 'warn', message: 'will try\na key again', fields }),
    '2026-01-02T03:04:05.678Z WARN  will try\\na key again key="default/web" tries=3 error="no\\nroom"',
  )
})

test('a line of JSON has the keys of Kubernetes', () => {
  const line = written('json', {
    wallMs,
    level: 'info',
    message: 'ready',
    fields: { node: 'node-1' },
  })
  assert.equal(line, '{"ts":1767323045678,"msg":"ready","v":0,"node":"node-1"}')
  const debug = written('json', {
    wallMs,
    level: 'debug',
    message: 'a connection broke',
    fields: {},
  })
  assert.equal(JSON.parse(debug).v, 4)
})

test('an error has no verbosity but an err, and no field takes the place of a key', () => {
  const fields = { controller: 'job', error: 'no room', msg: 'x', v: 9 }
  assert.deepEqual(
    JSON.parse(written('json', { wallMs, level: 'error', message: 'gave up', fields })),
    {
      ts: wallMs,
      msg: 'gave up',
      err: 'no room',
      controller: 'job',
      'field.msg': 'x',
      'field.v': 9,
    },
  )
})
