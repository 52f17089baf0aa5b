import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerState, ContainerStatus } from '#api'
import { settle } from './settle.ts'

const status = (state: ContainerState, lastState: ContainerState = {}): ContainerStatus => ({
  name: 'c',
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  lastState,
})
const waiting = status({ waiting: { reason: 'PodInitializing' } })
const running = status({ running: {} })
const done = status({ terminated: { exitCode: 0, reason: 'Completed' } })
const failed = status({ terminated: { exitCode: 1, reason: 'Error' } })
const backedOff = status({ waiting: { reason: 'CrashLoopBackOff' } }, failed.state)

/** What each container says in the end. */
function ends(init: readonly ContainerStatus[], regular: readonly ContainerStatus[]) {
  const settled = settle({ init, regular })
  const word = ({ state }: ContainerStatus) => state?.terminated?.reason ?? state?.waiting?.reason
  return { init: settled.init.map(word), regular: settled.regular.map(word) }
}

const lost = 'ContainerStatusUnknown'
const cases = [
  [
    'without init containers all that is not on record is lost',
    [],
    [waiting, done],
    [],
    [lost, 'Completed'],
  ],
  [
    'after a failed init container the others go on waiting',
    [failed, waiting],
    [waiting],
    ['Error', 'PodInitializing'],
    ['PodInitializing'],
  ],
  [
    'the first init container always had its turn',
    [waiting, waiting],
    [waiting],
    [lost, 'PodInitializing'],
    ['PodInitializing'],
  ],
  [
    'those before one that ran had theirs',
    [waiting, backedOff, waiting],
    [waiting],
    [lost, lost, 'PodInitializing'],
    ['PodInitializing'],
  ],
  [
    'once the last init container is done the regular ones had theirs',
    [done, done],
    [waiting],
    ['Completed', 'Completed'],
    [lost],
  ],
  [
    'a regular container that runs shows that they had',
    [failed],
    [running, waiting],
    ['Error'],
    [lost, lost],
  ],
] as const

for (const [name, init, regular, ofInit, ofRegular] of cases) {
  test(`of a pod that was stopped for good: ${name}`, () => {
    assert.deepEqual(ends(init, regular), { init: ofInit, regular: ofRegular })
  })
}
