import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { freezable } from './freezable.ts'
import { createFreezer, freezableClock } from './freezer.ts'

test('those who come to a frozen process go on in their order when it thaws', async () => {
  const freezer = createFreezer()
  const seen: string[] = []
  freezer.freeze()
  for (const name of ['a', 'b']) void freezer.thawed().then(() => seen.push(name))
  await Promise.resolve()
  assert.deepEqual(seen, [])
  freezer.thaw()
  await freezer.thawed()
  assert.deepEqual(seen, ['a', 'b'])
})

test('a timer that is due while its process is frozen fires when it thaws, unless it was cancelled', async () => {
  const freezer = createFreezer()
  const virtual = createVirtualClock()
  const clock = freezableClock(virtual, freezer)
  const fired: string[] = []
  clock.timer(10, () => fired.push('kept'))
  const cancelled = clock.timer(10, () => fired.push('cancelled'))
  freezer.freeze()
  await virtual.advance(100)
  cancelled[Symbol.dispose]()
  assert.deepEqual(fired, [])
  freezer.thaw()
  assert.deepEqual(fired, ['kept'])
})

test('what a frozen object answers waits for the thaw: promises, iterations and members', async () => {
  const freezer = createFreezer()
  const real = Object.freeze({
    name: 'runtime',
    list: async () => ['one'],
    fail: () => Promise.reject(new Error('no')),
    async *events() {
      yield 'started'
    },
    images: Object.freeze({ pull: async () => 'pulled' }),
  })
  const held = freezable(real, freezer)
  assert.equal(held.name, 'runtime')
  assert.equal('list' in held, true)
  freezer.freeze()
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
  freezer.thaw()
  await all
  assert.deepEqual(seen.toSorted(), ['fail', 'list', 'pull', 'started'])
})
