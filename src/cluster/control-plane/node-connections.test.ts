import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeApi } from '#machinery'
import { createNodeConnections } from './node-connections.ts'

const api = (name: string) => ({ name }) as unknown as NodeApi

test('only a node that is connected and can be reached has an API', () => {
  const connections = createNodeConnections()
  let isReachable = true
  assert.throws(() => connections.find('n1'), /the node n1 cannot be reached/)
  const first = connections.connect('n1', api('first'), () => isReachable)
  assert.deepEqual(connections.find('n1'), api('first'))
  isReachable = false
  assert.throws(() => connections.find('n1'), /cannot be reached/)
  first[Symbol.dispose]()
  isReachable = true
  assert.throws(() => connections.find('n1'), /cannot be reached/)
})

test('the end of an earlier kubelet does not end the connection of the next', () => {
  const connections = createNodeConnections()
  const first = connections.connect('n1', api('first'), () => true)
  connections.connect('n1', api('second'), () => true)
  first[Symbol.dispose]()
  assert.deepEqual(connections.find('n1'), api('second'))
})
