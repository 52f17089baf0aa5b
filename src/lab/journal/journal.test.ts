import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ApiRequest } from '#machinery'
import { createJournal, type Input, toInput, toRequest } from './journal.ts'

const user = { name: 'admin', groups: ['system:masters'] }

const request = (more: Partial<ApiRequest> = {}): ApiRequest => ({
  method: 'POST',
  path: '/api/v1/namespaces',
  query: new URLSearchParams({ fieldManager: 'a b' }),
  headers: { accept: 'application/json', authorization: 'Bearer secret', 'x-trace': '1' },
  ...more,
})

const close = (id: number): Input => ({ kind: 'close', id })

describe('a request in the journal', () => {
  test('is the same request again, with the user who was authenticated', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const again = toRequest(toInput(7, request({ body: { kind: 'bytes', bytes } }), user))
    assert.equal(again.method, 'POST')
    assert.equal(again.path, '/api/v1/namespaces')
    assert.equal(again.query.get('fieldManager'), 'a b')
    assert.deepEqual(again.user, user)
    assert.ok(again.body?.kind === 'bytes')
    assert.deepEqual(Uint8Array.from(again.body.bytes), bytes)
  })

  test('keeps no credential, and no header that decides nothing', () => {
    const headers = { ...request().headers, 'impersonate-user': 'jane' }
    const input = toInput(7, request({ headers }), user)
    assert.deepEqual(input.headers, { accept: 'application/json', 'impersonate-user': 'jane' })
    assert.ok(!JSON.stringify(input).includes('secret'))
  })

  test('without a body has none when it is repeated', () => {
    assert.equal(toRequest(toInput(7, request(), user)).body, undefined)
  })
})

describe('a journal', () => {
  test('holds all inputs in order, with their times', () => {
    const journal = createJournal()
    journal.record(0, close(1))
    journal.record(2.5, close(2))
    assert.deepEqual(journal.entries(), [
      { atMs: 0, input: close(1) },
      { atMs: 2.5, input: close(2) },
    ])
  })

  test('refuses a replay, and says why, once an input was not kept', () => {
    const journal = createJournal()
    journal.record(0, close(1))
    journal.markIncomplete('what was typed is not kept')
    journal.markIncomplete('something later')
    journal.record(1, close(2))
    assert.throws(() => journal.entries(), {
      code: 'JournalIncomplete',
      message: 'this cluster cannot be replayed: what was typed is not kept',
    })
  })

  test('is incomplete beyond its limit of bytes', () => {
    const journal = createJournal(1000)
    journal.record(0, close(1))
    assert.equal(journal.entries().length, 1)
    const body = { kind: 'bytes' as const, bytes: new Uint8Array(1000) }
    journal.record(1, toInput(2, request({ body }), user))
    assert.throws(() => journal.entries(), { code: 'JournalIncomplete' })
  })

  test('counts all texts of a request, whichever a client makes long', () => {
    const long = 'x'.repeat(100_000)
    const requests: readonly Partial<ApiRequest>[] = [
      { path: long },
      { query: new URLSearchParams({ labelSelector: long }) },
      { headers: { accept: long } },
      { headerValues: { 'impersonate-group': [long] } },
    ]
    for (const more of requests) {
      const journal = createJournal(10_000)
      journal.record(0, toInput(1, request(more), user))
      assert.throws(() => journal.entries(), { code: 'JournalIncomplete' }, Object.keys(more)[0])
    }
  })
})
