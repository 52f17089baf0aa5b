import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultClusterOptions } from './options.ts'
import { requireRoomForSimulated, simulatedNodeNames } from './simulated-nodes.ts'

const options = { ...defaultClusterOptions, dataDir: '/nowhere' }

test('simulated nodes are numbered from one', () => {
  assert.deepEqual(simulatedNodeNames({ simNodes: 2 }), ['sim-1', 'sim-2'])
})

test("more nodes than the pods' network has parts are refused before anything starts", () => {
  requireRoomForSimulated({ ...options, simNodes: 255 })
  assert.throws(() => requireRoomForSimulated({ ...options, simNodes: 256 }), {
    code: 'PodCidrTooSmall',
    message: '10.244.0.0/16 has no room for 257 nodes',
  })
  requireRoomForSimulated({ ...options, podCidr: '10.244.0.0/26' })
  assert.throws(() => requireRoomForSimulated({ ...options, podCidr: '10.0.0.0/26', simNodes: 1 }))
})
