import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLine, textLine } from './log-lines.ts'

const wallMs = Date.parse('2026-01-02T03:04:05.678Z')

test('a line for people is one line, whatever is in it', () => {
  const fields = { key: 'default/web', tries: 3, nothing: undefined, error: 'no\nroom' }
  assert.equal(
    textLine({ wallMs, level: 'warn', message: 'will try\na key again', fields }),
    '2026-01-02T03:04:05.678Z WARN  will try\\na key again key="default/web" tries=3 error="no\\nroom"',
  )
})

test('a line of JSON has the keys of Kubernetes', () => {
  const line = jsonLine({ wallMs, level: 'info', message: 'ready', fields: { node: 'node-1' } })
  assert.equal(line, '{"ts":1767323045678,"msg":"ready","v":0,"node":"node-1"}')
  const debug = jsonLine({ wallMs, level: 'debug', message: 'a connection broke', fields: {} })
  assert.equal(JSON.parse(debug).v, 4)
})

test('an error has no verbosity but an err, and no field takes the place of a key', () => {
  const fields = { controller: 'job', error: 'no room', msg: 'x', v: 9 }
  assert.deepEqual(JSON.parse(jsonLine({ wallMs, level: 'error', message: 'gave up', fields })), {
    ts: wallMs,
    msg: 'gave up',
    err: 'no room',
    controller: 'job',
    'field.msg': 'x',
    'field.v': 9,
  })
})
