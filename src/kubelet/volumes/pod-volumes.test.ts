import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Volume } from '#api'
import { podOf, testWorld } from '../model/kubelet-fixture.ts'
import { createPodMounts } from './pod-mounts.ts'
import { mountPodVolumes } from './pod-volumes.ts'
import type { ContentSources } from './sources.ts'

const { signal } = new AbortController()

/** Mounts the volumes of one pod twice; what was asked of the host. */
async function mountedTwice(volumes: readonly Volume[], fails: () => boolean = () => false) {
  const asked: string[] = []
  const made = async (what: string) => {
    asked.push(what)
    if (fails()) throw new Error('no space left on device')
    return `/volumes/${what}`
  }
  const { world, clock } = testWorld({
    host: {
      volumes: {
        scratch: ({ name }) => made(`scratch ${name}`),
        project: ({ name }) => made(`project ${name}`),
        checkHostPath: async (path) => {
          asked.push(`check ${path}`)
          return { kind: 'fits' } as never
        },
      },
    },
  })
  const pod = podOf({ spec: { volumes } })
  const references = { configMap: async () => ({ data: { a: '1' } }) }
  const sources = { pod, references } as unknown as ContentSources
  const mounts = createPodMounts()
  const mount = () => mountPodVolumes(pod, mounts, { world, sources }, signal)
  const first = await mount().catch(() => undefined)
  await clock.advance(600)
  return { asked, first, second: await mount() }
}

test('what has no content from elsewhere is mounted once, the rest with every sync', async () => {
  const { asked, first, second } = await mountedTwice([
    { name: 'empty', emptyDir: {} },
    { name: 'host', hostPath: { path: '/srv' } },
    { name: 'config', configMap: { name: 'c' } },
  ])
  assert.deepEqual(asked, ['scratch empty', 'check /srv', 'project config', 'project config'])
  assert.deepEqual(first, second)
})

test('a mount that failed is tried again', async () => {
  let tries = 0
  const { asked, second } = await mountedTwice(
    [{ name: 'empty', emptyDir: {} }],
    () => ++tries === 1,
  )
  assert.deepEqual(asked, ['scratch empty', 'scratch empty'])
  assert.deepEqual([...second], [['empty', '/volumes/scratch empty']])
})
