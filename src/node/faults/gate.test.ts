import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { createGate, gatedClock } from './gate.ts'
import { gated } from './gated.ts'

test('those who come to a closed gate go on in their order when it opens', async () => {
  const gate = createGate()
  const seen: string[] = []
  gate.close()
  for (const name of ['a', 'b']) void gate.passed().then(() => seen.push(name))
  await Promise.resolve()
  assert.deepEqual(seen, [])
  gate.open()
  await gate.passed()
  assert.deepEqual(seen, ['a', 'b'])
})

test('a timer that is due while the gate is closed fires when it opens, unless it was cancelled', async () => {
  const gate = createGate()
  const virtual = createVirtualClock()
  const clock = gatedClock(virtual, gate)
  const fired: string[] = []
  clock.timer(10, () => fired.push('kept'))
  const cancelled = clock.timer(10, () => fired.push('cancelled'))
  gate.close()
  await virtual.advance(100)
  cancelled[Symbol.dispose]()
  assert.deepEqual(fired, [])
  gate.open()
  assert.deepEqual(fired, ['kept'])
})

test('what a frozen object answers waits at the gate: promises, iterations and members', async () => {
  const gate = createGate()
  const real = Object.freeze({
    name: 'runtime',
    list: async () => ['one'],
    fail: () => Promise.reject(new Error('no')),
    async *events() {
      yield 'started'
    },
    images: Object.freeze({ pull: async () => 'pulled' }),
  })
  const held = gated(real, gate)
  assert.equal(held.name, 'runtime')
  assert.equal('list' in held, true)
  gate.close()
  const seen: string[] = []
  const all = Promise.all([
    held.list().then(() => seen.push('list')),
    held.fail().catch(() => seen.push('fail')),
    held.images.pull().then(() => seen.push('pull')),
    held
      .events()
      .next()
      .then(({ value }) => seen.push(String(value))),
  ])
  await createVirtualClock().settle()
  assert.deepEqual(seen, [])
  gate.open()
  await all
  assert.deepEqual(seen.toSorted(), ['fail', 'list', 'pull', 'started'])
})
