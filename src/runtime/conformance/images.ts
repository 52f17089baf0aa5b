import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forever, rejects, type World } from './world.ts'

export function imageTests(world: World): void {
  it('pulls an image, shows it under its names, and removes it', async () => {
    const { runtime, signal, run, harness } = world
    const { images } = runtime
    const ref = await run(images.pull(harness.spareImage, {}, signal))
    const image = await run(images.status(harness.spareImage, signal))
    assert.ok(image)
    assert.ok(image.sizeBytes > 0)
    assert.equal(image.pinned, false)
    assert.ok(image.repoTags.some((tag) => tag.endsWith(harness.spareImage)))
    assert.ok(
      image.id === ref || image.repoDigests.includes(ref),
      'the reference names the content',
    )
    assert.equal((await run(images.status(image.id, signal)))?.id, image.id)
    assert.ok((await run(images.list({}, signal))).some(({ id }) => id === image.id))
    const found = await run(images.list({ ref: harness.spareImage }, signal))
    assert.deepEqual(
      found.map(({ id }) => id),
      [image.id],
    )
    await run(images.remove(image.id, signal))
    assert.equal(await run(images.status(harness.spareImage, signal)), undefined)
    await run(images.remove(image.id, signal))
  })

  it('says notFound for an image that its registry does not have', async () => {
    const { images } = world.runtime
    const { missingImage } = world.harness
    const error = await rejects(world.run(images.pull(missingImage, {}, world.signal)), 'notFound')
    assert.ok(error.message.includes(missingImage), error.message)
    assert.equal(await world.run(images.status(missingImage, world.signal)), undefined)
  })

  it('tells how much images take', async () => {
    const { images } = await world.run(world.runtime.images.fsInfo(world.signal))
    assert.ok(images.length > 0)
    assert.ok(images.every(({ mountpoint }) => mountpoint.startsWith('/')))
  })

  it('names the content of the image in the status of a container', async () => {
    const { runtime, signal, run, harness } = world
    const image = await run(runtime.images.status(harness.image, signal))
    const pod = await world.pod()
    const id = await pod.create(forever)
    const { imageRef } = await run(runtime.containerStatus(id, signal))
    assert.ok(image && [image.id, ...image.repoDigests].includes(imageRef), imageRef)
    await pod.remove()
  })
}
