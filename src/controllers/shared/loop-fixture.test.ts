import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, type Job, jobs } from '#api'
import type { Stored } from '#machinery'
import { type Controller, watching } from '../runner/controller.ts'
import { loopOf } from './loop-fixture.ts'
import { storedObject } from './objects-fixture.ts'

const job: Stored<Job> = storedObject<Job>('job', {})

/** It makes a ConfigMap for each Job, if it may. */
function copying(verbs: readonly string[]): Controller {
  return {
    name: 'copying',
    workers: 1,
    permissions: [
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['configmaps'], verbs },
    ],
    start: ({ informers }) => {
      informers.informer(jobs)
      return {
        watches: [watching(jobs, () => ['ns/job'])],
        async reconcile(_, { client }) {
          await client.create(configMaps, { metadata: { name: 'copy', namespace: 'ns' } })
          return undefined
        },
      }
    },
  }
}

test('a controller does what it declares, and fails at what it does not', async () => {
  const allowed = await loopOf(copying(['create']), [[jobs, job]])
  assert.equal((await allowed.reconcile('ns/job')).writes.length, 1)
  const forbidden = await loopOf(copying(['update']), [[jobs, job]])
  await assert.rejects(forbidden.reconcile('ns/job'), {
    message: 'the permissions of controller copying lack: create configmaps in API group ""',
  })
})
