import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resources } from '#api'
import { createVirtualClock } from '#lib'
import { groupResourceOf } from '#machinery'
import { simulationApi } from './simulation-api.ts'

test('every action that a kind of sim.knarr.dev declares has a function, and no other', () => {
  const never = () => assert.fail('nothing is asked of it')
  const { actions } = simulationApi({
    history: { note: never } as never,
    clock: createVirtualClock(),
    server: never,
    time: {} as never,
    faults: { node: never, registries: undefined },
  })
  const declared = resources
    .filter(({ group }) => group === 'sim.knarr.dev')
    .flatMap((resource) =>
      Object.entries(resource.subresources ?? {})
        .filter(([, { kind }]) => kind === 'action')
        .map(([name]) => `${groupResourceOf(resource)}/${name}`),
    )
  assert.deepEqual(Object.keys(actions), declared)
})
