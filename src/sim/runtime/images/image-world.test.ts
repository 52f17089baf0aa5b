import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, messageOf } from '#lib'
import { createImageWorld } from './image-world.ts'

test('images whose name or tag says so are not in their registry', async () => {
  const clock = createVirtualClock()
  const images = createImageWorld({ clock })
  const pulled = async (reference: string) => {
    const fetched = images.fetch({ reference }, new AbortController().signal)
    const outcome = fetched.then(
      () => 'pulled',
      (error) => messageOf(error).split(': ').at(-1),
    )
    await clock.advance(10_000)
    return outcome
  }
  for (const reference of ['web:404', 'foo:non-existent', 'no-such-image', 'a/missing:1']) {
    assert.equal(await pulled(reference), 'not found', reference)
  }
  for (const reference of ['web:4040', 'web:1.404', 'nothing-missing:1']) {
    assert.equal(await pulled(reference), 'pulled', reference)
  }
})
