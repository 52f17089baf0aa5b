import assert from 'node:assert/strict'
import test from 'node:test'
import { newPod, type PodEvent, type PodMachine, type PodState, step } from './machine.ts'

const events: readonly PodEvent[] = [
  { kind: 'stop', cause: { kind: 'deleted' } },
  { kind: 'stopped' },
  { kind: 'cleaned' },
]

test('every state is reached, by these transitions and no others', () => {
  const seen = new Map<PodState, PodMachine>([[newPod.state, newPod]])
  const taken: string[] = []
  for (const machine of seen.values()) {
    for (const event of events) {
      const next = step(machine, event)
      if (next === machine) continue
      taken.push(`${machine.state} ${event.kind} ${next.state}`)
      seen.set(next.state, next)
    }
  }
  assert.deepEqual(taken, [
    'syncing stop terminating',
    'terminating stopped terminated',
    'terminated cleaned finished',
  ])
})

test('the first cause to stop is kept to the end', () => {
  const failed = { kind: 'failed', reason: 'Evicted', message: 'm' } as const
  let machine = step(newPod, { kind: 'stop', cause: failed })
  for (const event of events) machine = step(machine, event)
  assert.deepEqual(machine, { state: 'finished', cause: failed })
})
