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

test('another image is pushed under a tag: who pulls gets it, who has a digest does not', async () => {
  const { images, fetch } = await pushedWorld()
  const before = await fetch('web:1')
  const other = await fetch('web:2')
  images.push('web:1')
  const after = await fetch('web:1')
  assert.notEqual(after.id, before.id)
  assert.notEqual(after.digest, before.digest)
  assert.deepEqual([after.tag, await fetch('web:2')], [before.tag, other])
  assert.equal((await fetch(before.digest)).digest, before.digest)
  assert.deepEqual(images.save().pushed, { 'docker.io/library/web:1': 1 })
})

async function pushedWorld() {
  const clock = createVirtualClock()
  const images = createImageWorld({ clock })
  const fetch = async (reference: string) => {
    const fetching = images.fetch({ reference }, new AbortController().signal)
    await clock.advance(60_000)
    return fetching
  }
  return { images, fetch }
}
