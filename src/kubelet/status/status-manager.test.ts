import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, PodStatus } from '#api'
import { createVirtualClock, silentLogger } from '#lib'
import type { Stored } from '#machinery'
import { conflict, notFound } from '#machinery/status'
import { podOf } from '../model/kubelet-fixture.ts'
import { observation } from '../model/triggers.ts'
import { createStatusManager } from './status-manager.ts'

const about = { group: '', plural: 'pods' }
const waiting = (reason: string): PodStatus => ({
  phase: 'Running',
  containerStatuses: [
    { name: 'web', image: '', imageID: '', ready: false, restartCount: 0, state: stateOf(reason) },
  ],
})
const update = (status: PodStatus, couldHaveRunningContainers = true) => ({
  ...{ status, because: observation('x'), couldHaveRunningContainers },
})
const stateOf = (reason: string) =>
  reason === 'Error' ? { terminated: { exitCode: 1, reason } } : { waiting: { reason } }

/** A manager over an API that has one pod, and what is asked of it. */
function managing(inApi: Stored<Pod> | undefined) {
  const calls: string[] = []
  let stored = inApi
  const client = {
    because: () => client,
    get: async () => {
      calls.push('get')
      if (!stored) throw notFound(about, 'a')
      return stored
    },
    update: async (_: unknown, pod: Stored<Pod>) => {
      const { resourceVersion, uid } = pod.metadata
      const state = pod.status?.containerStatuses?.[0]?.state
      calls.push(`update ${resourceVersion} ${state?.waiting?.reason ?? state?.terminated?.reason}`)
      if (!stored) throw notFound(about, 'a')
      if (uid !== stored.metadata.uid || resourceVersion !== stored.metadata.resourceVersion) {
        throw conflict(about, 'a', 'the object has been modified')
      }
      const next = `${Number(resourceVersion) + 1}`
      stored = { ...pod, metadata: { ...pod.metadata, resourceVersion: next } }
      return stored
    },
  }
  const clock = createVirtualClock()
  const statuses = createStatusManager({
    ...{ client: client as never, clock, log: silentLogger, actor: 'kubelet/n' },
  })
  const stop = new AbortController()
  void statuses.run(stop.signal)
  return { statuses, calls, clock, stop, shown: () => stored?.status }
}

const version = (resourceVersion: string, uid = 'u') =>
  podOf({ metadata: { resourceVersion, uid } })

test('a status is written over the pod that is known, and the next over what that gave', async () => {
  const { statuses, calls, clock, stop } = managing(version('7'))
  statuses.set(version('7'), update(waiting('ContainerCreating')))
  await clock.settle()
  statuses.set(version('7'), update(waiting('ErrImagePull')))
  await clock.settle()
  assert.deepEqual(calls, ['update 7 ContainerCreating', 'update 8 ErrImagePull'])
  stop.abort()
})

test('where the API has a newer pod the status is written over that', async () => {
  const { statuses, calls, clock, stop } = managing(version('9'))
  statuses.set(version('7'), update(waiting('ErrImagePull')))
  await clock.settle()
  assert.deepEqual(calls, ['update 7 ErrImagePull', 'get', 'update 9 ErrImagePull'])
  stop.abort()
})

test('an end that is followed at once by waiting is written first', async () => {
  const { statuses, calls, clock, stop } = managing(version('7'))
  statuses.set(version('7'), update(waiting('Error')))
  statuses.set(version('7'), update(waiting('CrashLoopBackOff')))
  await clock.settle()
  assert.deepEqual(calls, ['update 7 Error', 'update 8 CrashLoopBackOff'])
  stop.abort()
})

test('so is a start that failed, and no other reason to wait', async () => {
  const { statuses, calls, clock, stop } = managing(version('7'))
  for (const reason of ['ContainerCreating', 'RunContainerError', 'CrashLoopBackOff']) {
    statuses.set(version('7'), update(waiting(reason)))
  }
  await clock.settle()
  assert.deepEqual(calls, ['update 7 RunContainerError', 'update 8 CrashLoopBackOff'])
  stop.abort()
})

test('another pod of the same name, and one that is gone, get no status', async () => {
  for (const inApi of [version('9', 'other'), undefined]) {
    const { statuses, calls, clock, stop } = managing(inApi)
    statuses.set(version('7'), update(waiting('ErrImagePull')))
    await clock.advance(60_000)
    assert.deepEqual(calls, ['update 7 ErrImagePull', ...(inApi ? ['get'] : [])])
    stop.abort()
  }
})

test('what the kubelet has written itself is not taken for the word of somebody else', async () => {
  const { statuses, calls, clock, stop } = managing(version('7'))
  statuses.set(version('7'), update(waiting('ErrImagePull')))
  await clock.settle()
  // Watches come late: first an older pod, then the one that was written.
  statuses.reconcile(version('7'))
  await clock.settle()
  assert.equal(calls.length, 1)
  statuses.reconcile({ ...version('8'), status: waiting('ErrImagePull') })
  await clock.settle()
  assert.equal(calls.length, 1)
  statuses.reconcile({ ...version('9'), status: waiting('Overwritten') })
  await clock.advance(9_000)
  assert.equal(calls.length, 1, 'others have the time to read it')
  await clock.advance(1_000)
  assert.deepEqual(calls.slice(1), ['update 9 ErrImagePull', 'get'])
  stop.abort()
})

test('an end is shown only once no container can run, with what explains it', async () => {
  const running = { ...version('7'), status: { phase: 'Running' } as const }
  const { statuses, calls, clock, stop, shown } = managing(running)
  const disruption = {
    ...{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' },
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const
  const ended: PodStatus = {
    ...{ phase: 'Failed', reason: 'Evicted', message: 'no memory', conditions: [disruption] },
  }
  statuses.set(running, update(ended))
  await clock.settle()
  assert.deepEqual(shown(), { phase: 'Running' })
  assert.equal(calls.length, 0)
  assert.equal(statuses.get('u')?.phase, 'Failed')
  statuses.set(running, update(ended, false))
  await clock.settle()
  assert.deepEqual(shown(), ended)
  assert.equal(calls.length, 1)
  stop.abort()
})
