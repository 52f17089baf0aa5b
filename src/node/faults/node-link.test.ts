import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createChannel, createVirtualClock } from '#lib'
import type { ApiRequest, ApiResponse, WatchFrame } from '#machinery'
import { createFreezer } from './freezer.ts'
import { createNodeLink } from './node-link.ts'

const { signal } = new AbortController()
const ask: ApiRequest = {
  method: 'GET',
  path: '/api/v1/nodes',
  query: new URLSearchParams(),
  headers: {},
}
const watch: ApiRequest = { ...ask, query: new URLSearchParams({ watch: 'true' }) }
const ok: ApiResponse = { status: 200, headers: {}, body: { kind: 'none' } }
const event = { type: 'ADDED' } as unknown as WatchFrame

/** A link to a server that counts what reaches it. */
function world() {
  const clock = createVirtualClock()
  const freezer = createFreezer()
  const link = createNodeLink(clock, freezer)
  const watched = createChannel<WatchFrame>(10)
  const server = { asked: 0, open: 0 }
  const transport = link.over({
    async send({ query }, until) {
      server.asked++
      if (!query.has('watch')) return ok
      server.open++
      until.addEventListener('abort', () => {
        server.open--
        watched.close()
      })
      return { ...ok, body: { kind: 'watch', events: watched } }
    },
  })
  return { clock, freezer, link, server, transport, watched }
}

for (const { direction, reaches } of [
  { direction: 'ToServer', reaches: 0 },
  { direction: 'FromServer', reaches: 1 },
  { direction: 'Both', reaches: 0 },
] as const) {
  test(`with packets lost ${direction} the server gets ${reaches} requests and no answer comes`, async () => {
    const { clock, link, server, transport } = world()
    link.partition(direction)
    assert.equal(link.reachesNode, false)
    const answer = assert.rejects(transport.send(ask, signal), /Client\.Timeout exceeded/)
    await clock.advance(10_000)
    await answer
    assert.equal(server.asked, reaches)
    link.partition(undefined)
    assert.equal(link.reachesNode, true)
    assert.equal(await transport.send(ask, signal), ok)
  })
}

test('a partition ends the watches that were open, and leaves none behind at the server', async () => {
  const { clock, link, server, transport } = world()
  const { body } = await transport.send(watch, signal)
  assert.equal(server.open, 1)
  assert.ok(body.kind === 'watch')
  const next = body.events[Symbol.asyncIterator]().next()
  link.partition('FromServer')
  assert.equal((await next).done, true)
  assert.equal(server.open, 0)
  const lost = transport.send(watch, signal).catch(() => undefined)
  await clock.advance(10_000)
  await lost
  assert.equal(server.open, 0)
})

test('watches can be made late; each event by the same time', async () => {
  const { clock, link, transport, watched } = world()
  link.delayWatches(5_000)
  const { body } = await transport.send(watch, signal)
  assert.ok(body.kind === 'watch')
  const seenMs: number[] = []
  const read = async () => {
    for await (const _ of body.events) seenMs.push(clock.monotonicMs())
  }
  const reading = read()
  await clock.settle()
  watched.push(event)
  await clock.advance(1_000)
  watched.push(event)
  await clock.advance(10_000)
  watched.close()
  await reading
  assert.deepEqual(seenMs, [5_000, 6_000])
})

test('a hung node sends nothing, and hears nothing of an answer until it goes on', async () => {
  const { clock, freezer, server, transport, link } = world()
  freezer.freeze()
  assert.equal(link.reachesNode, false)
  let answered = false
  const asking = transport.send(ask, signal).then(() => {
    answered = true
  })
  await clock.advance(60_000)
  assert.deepEqual([server.asked, answered], [0, false])
  freezer.thaw()
  await asking
  assert.equal(answered, true)
})
