import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Image } from '#runtime'
import { testWorld } from '../model/kubelet-fixture.ts'
import { createImageList } from './image-list.ts'

const { signal } = new AbortController()

function image(sizeBytes: number, tags = 1): Image {
  const repoTags = Array.from({ length: tags }, (_, i) => `image-${sizeBytes}:${i}`)
  return { repoTags, repoDigests: [`image-${sizeBytes}@sha256:1`], sizeBytes } as unknown as Image
}

/** What a runtime has, and how often it was asked. */
function listOf(has: readonly Image[] | undefined) {
  const runtime = { has, asked: 0 }
  const { world, clock } = testWorld()
  const images = {
    list: async () => {
      runtime.asked++
      if (!runtime.has) throw new Error('the runtime is down')
      return runtime.has
    },
  }
  return { runtime, clock, list: createImageList({ ...world, runtime: { images } } as never) }
}

test('the largest fifty images are told, each by five names, digests first', async () => {
  const has = Array.from({ length: 60 }, (_, i) => image(i, 9))
  const listed = await listOf(has).list(signal)
  assert.deepEqual([listed.length, listed[0]?.sizeBytes, listed.at(-1)?.sizeBytes], [50, 59, 10])
  assert.deepEqual(listed[0]?.names?.slice(0, 2), ['image-59@sha256:1', 'image-59:0'])
  assert.equal(listed[0]?.names?.length, 5)
})

test('the runtime is asked again after half a minute', async () => {
  const { runtime, clock, list } = listOf([image(1)])
  await list(signal)
  runtime.has = [image(2)]
  await clock.advance(29_999)
  assert.equal((await list(signal))[0]?.sizeBytes, 1)
  await clock.advance(1)
  assert.equal((await list(signal))[0]?.sizeBytes, 2)
  assert.equal(runtime.asked, 2)
})

test('a runtime that does not answer has no images', async () => {
  assert.deepEqual(await listOf(undefined).list(signal), [])
})
