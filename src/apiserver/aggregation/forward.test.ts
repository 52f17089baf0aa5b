import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { ApiRequest } from '#machinery'
import { identityHeaders } from './identity-headers.ts'
import { inProcessBody } from './in-process-body.ts'

test('a user is told with groups and extra values one by one, their keys escaped', () => {
  const user = {
    name: 'jane',
    uid: '7',
    groups: ['a', 'b'],
    extra: { 'example.com/Scope%': ['x', 'y'] },
  }
  assert.deepEqual(identityHeaders(user), {
    'X-Remote-User': 'jane',
    'X-Remote-Uid': '7',
    'X-Remote-Group': ['a', 'b'],
    'X-Remote-Extra-example.com%2FScope%25': ['x', 'y'],
  })
})

function answer(parts: readonly string[], contentType = 'application/json'): IncomingMessage {
  const stream = Readable.from(parts.map((part) => Buffer.from(part)))
  // Cast: all of an answer that is read here.
  return Object.assign(stream, {
    headers: { 'content-type': contentType },
    statusCode: 200,
  }) as Readable as IncomingMessage
}

function asked(query: string): ApiRequest {
  return { method: 'GET', path: '/', query: new URLSearchParams(query), headers: {} }
}

test('clients in this process read objects, and watches frame by frame', async () => {
  const body = await inProcessBody(asked(''), answer(['{"kind":', '"Toy"}']))
  assert.deepEqual(body.kind === 'object' && body.value.object, { kind: 'Toy' })
  const frame = (name: string) => `{"type":"ADDED","object":{"metadata":{"name":"${name}"}}}\n`
  const text = frame('a') + frame('b')
  const watch = await inProcessBody(
    asked('watch=true'),
    answer([text.slice(0, 30), text.slice(30, 70), text.slice(70)]),
  )
  assert.ok(watch.kind === 'watch')
  const names: unknown[] = []
  for await (const { object } of watch.events) names.push(object.object.metadata?.name)
  assert.deepEqual(names, ['a', 'b'])
  const other = await inProcessBody(asked(''), answer(['x'], 'text/plain'))
  assert.equal(other.kind, 'bytes')
})
