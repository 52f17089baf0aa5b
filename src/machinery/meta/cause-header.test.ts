import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cause } from './cause.ts'
import { causeHeaderBytes, decodeCause, encodeCause } from './cause-header.ts'

const change = {
  kind: 'change',
  resource: 'pods',
  key: 'default/web',
  resourceVersion: '17',
} as const

const causes: readonly Cause[] = [
  { actor: 'kubelet/node-1', trigger: change },
  { actor: 'kubelet/node-1', trigger: { kind: 'timer', purpose: 'heartbeat' } },
  { actor: 'kubelet/node-1', trigger: { kind: 'timer', purpose: 'back-off', setBy: change } },
  { actor: 'kubelet/node-1', trigger: { kind: 'observed', what: 'exit code 1: “no”\r\nHost: x' } },
  { actor: 'someone', trigger: { kind: 'request' } },
]

test('every kind of cause comes back from its header as it was, and the header is one line of ASCII', () => {
  for (const cause of causes) {
    const header = encodeCause(cause)
    assert.match(header ?? '', /^[\x20-\x7e]+$/)
    assert.deepEqual(decodeCause(header ?? ''), cause)
  }
})

test('a long text is cut so that the header keeps within its bound', () => {
  const long: Cause = { actor: 'kubelet/n', trigger: { kind: 'observed', what: 'ö'.repeat(9000) } }
  const header = encodeCause(long) ?? ''
  assert.ok(header.length > 0 && header.length <= causeHeaderBytes, `${header.length} bytes`)
  const decoded = decodeCause(header)?.trigger
  assert.match(decoded?.kind === 'observed' ? decoded.what : '', /^ö{100,}…$/)
  assert.equal(encodeCause({ actor: 'a'.repeat(5000), trigger: { kind: 'request' } }), undefined)
})

test('what is no cause tells none', () => {
  const bad = [
    '',
    'null',
    '{',
    '[]',
    '{"actor":"a"}',
    '{"actor":"","trigger":{"kind":"request"}}',
    '{"actor":1,"trigger":{"kind":"request"}}',
    '{"actor":"a","trigger":{"kind":"whim"}}',
    '{"actor":"a","trigger":{"kind":"observed"}}',
    '{"actor":"a","trigger":{"kind":"change","resource":"pods","key":"d/w"}}',
    '{"actor":"a","trigger":{"kind":"timer","purpose":"p","setBy":{}}}',
    `{"actor":"${'a'.repeat(causeHeaderBytes)}","trigger":{"kind":"request"}}`,
  ]
  for (const header of bad) assert.equal(decodeCause(header), undefined, header)
})
