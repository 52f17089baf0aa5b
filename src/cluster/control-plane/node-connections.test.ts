import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeApi } from '#machinery'
import { createNodeDoors } from './node-connections.ts'

const api = (name: string) => ({ name }) as unknown as NodeApi

test('only a node that is connected and can be reached has an API', () => {
  const doors = createNodeDoors()
  let isReachable = true
  assert.throws(() => doors.find('n1'), /the node n1 cannot be reached/)
  const first = doors.connect('n1', api('first'), () => isReachable)
  assert.deepEqual(doors.find('n1'), api('first'))
  isReachable = false
  assert.throws(() => doors.find('n1'), /cannot be reached/)
  first[Symbol.dispose]()
  isReachable = true
  assert.throws(() => doors.find('n1'), /cannot be reached/)
})

test('the end of an earlier kubelet does not close the door of the next', () => {
  const doors = createNodeDoors()
  const first = doors.connect('n1', api('first'), () => true)
  doors.connect('n1', api('second'), () => true)
  first[Symbol.dispose]()
  assert.deepEqual(doors.find('n1'), api('second'))
})
