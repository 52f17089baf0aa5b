import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instanceOf, observedOf, podOf } from '../model/kubelet-fixture.ts'
import { observation } from '../model/triggers.ts'
import { isSettled, machineOf, type PodEvent, type PodMachine, step } from './machine.ts'

const leaving = (grace: number) =>
  podOf({
    metadata: {
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: grace,
      resourceVersion: '8',
    },
  })
const failure = { reason: 'Evicted', message: 'm' }
const deleted: PodEvent = { kind: 'updated', pod: leaving(30) }
const removed: PodEvent = { kind: 'removed' }
const killed: PodEvent = { kind: 'killed', failure }
const events: Readonly<Record<string, PodEvent>> = {
  deleted,
  removed,
  killed,
  ended: { kind: 'ended' },
  stopped: { kind: 'stopped' },
  'cleaned in part': { kind: 'cleaned', everything: false },
  'cleaned all': { kind: 'cleaned', everything: true },
}
const admitted = machineOf(podOf(), 'syncing')
const after = (machine: PodMachine, ...all: readonly PodEvent[]) =>
  all.reduce((at, event) => step(at, event).machine, machine)

test('every state is reached, by these transitions and no others', () => {
  const seen = new Map([[admitted.state, admitted]])
  const taken: string[] = []
  for (const machine of seen.values()) {
    for (const [name, event] of Object.entries(events)) {
      const next = step(machine, event).machine
      if (next.state === machine.state) continue
      taken.push(`${machine.state}, ${name}: ${next.state}`)
      if (!seen.has(next.state)) seen.set(next.state, { ...admitted, state: next.state })
    }
  }
  assert.deepEqual(taken, [
    'syncing, deleted: terminating',
    'syncing, removed: terminating',
    'syncing, killed: terminating',
    'syncing, ended: terminating',
    'terminating, stopped: terminated',
    'terminated, cleaned in part: finished',
    'terminated, cleaned all: emptied',
    'finished, deleted: terminated',
    'finished, removed: terminated',
  ])
})

test('the first cause to stop is kept to the end', () => {
  const { cause } = after(admitted, killed, ...Object.values(events))
  assert.deepEqual(cause, { kind: 'killed', ...failure })
})

test('what is being done is given up when the pod takes another course, and only then', () => {
  const terminating = after(admitted, deleted)
  const shorter: PodEvent = { kind: 'updated', pod: leaving(5) }
  for (const [machine, event, expected] of [
    [admitted, deleted, 'the pod stops: deleted'],
    [admitted, removed, 'the pod stops: removed'],
    [admitted, killed, 'the pod stops: killed'],
    // The step that found the end goes on to its own.
    [admitted, { kind: 'ended' }, undefined],
    [admitted, { kind: 'updated', pod: podOf({ metadata: { labels: { a: '1' } } }) }, undefined],
    [terminating, deleted, undefined],
    [terminating, shorter, 'shorter grace'],
    [terminating, killed, undefined],
  ] as const) {
    assert.equal(step(machine, event).interrupt, expected)
  }
})

test('a pod that begins to leave while a part of it is kept is cleaned up once more', () => {
  const kept: PodEvent = { kind: 'cleaned', everything: false }
  const terminated = after(admitted, { kind: 'ended' }, { kind: 'stopped' })
  assert.equal(after(terminated, deleted, kept).state, 'terminated')
  assert.equal(after(terminated, removed, kept).state, 'terminated')
  assert.equal(after(terminated, kept).state, 'finished')
})

test('a worker is done with a pod when nothing of it is left, here and in the API', () => {
  const emptied = after(
    admitted,
    deleted,
    { kind: 'stopped' },
    { kind: 'cleaned', everything: true },
  )
  assert.equal(isSettled(emptied), false)
  assert.equal(isSettled(after(emptied, removed)), true)
  assert.equal(isSettled(after(admitted, removed)), false)
})

test('the worker is woken by what asks something of it, the more pressing the sooner', () => {
  const observed = observedOf(instanceOf('web', 'running'), instanceOf('old', 'exited'))
  const machine = after(admitted, { kind: 'observed', observed }, { kind: 'observing' })
  const report = { kind: 'pleg', what: 'w' } as const
  for (const [event, priority, isOutdated] of [
    [{ kind: 'updated', pod: podOf({ status: { phase: 'Running' } }) }, undefined, false],
    [{ kind: 'updated', pod: podOf({ metadata: { labels: { a: '1' } } }) }, 'sync', false],
    [deleted, 'sync', false],
    [removed, 'sync', false],
    [killed, 'kill', false],
    [{ kind: 'wake', because: observation('w') }, 'sync', false],
    [report, 'pleg', true],
    [{ ...report, removed: 'web' }, 'pleg', true],
    // That what had ended is removed is seen with the next step.
    [{ ...report, removed: 'old' }, undefined, true],
    [{ ...report, removed: 'nobody knows it' }, undefined, false],
    [{ kind: 'broke' }, undefined, true],
  ] as const) {
    const next = step(machine, event)
    assert.equal(next.wakeUp?.priority, priority, JSON.stringify(event))
    assert.equal(next.machine.isOutdated, isOutdated, JSON.stringify(event))
  }
})

test('a decision of the kubelet is urgent until it is taken up', () => {
  assert.equal(admitted.isUrgent, false)
  assert.equal(after(admitted, killed, deleted).isUrgent, true)
  assert.equal(after(admitted, killed, { kind: 'taken' }).isUrgent, false)
})

test('what the kubelet removes itself is no longer observed', () => {
  const observed = observedOf(instanceOf('web', 'running'), instanceOf('old', 'exited'))
  const { observed: left } = after(
    admitted,
    { kind: 'observed', observed },
    { kind: 'dropped', containerId: 'old' },
  )
  assert.deepEqual(
    left.containers.map(({ id }) => id),
    ['web'],
  )
})

test('the change that asked for the end of a pod stays the cause of what follows', () => {
  const first = after(admitted, deleted)
  const later = after(first, { kind: 'updated', pod: { ...leaving(5) } })
  assert.equal(first.deletion?.kind, 'change')
  assert.equal(later.deletion, first.deletion)
})
