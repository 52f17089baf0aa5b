import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeReadings } from '#host'
import { evictionMessage } from './message.ts'
import { inOrderOfEviction, type PodUse } from './rank.ts'
import { shortagesOf } from './shortages.ts'

const mebibyte = 1024 * 1024
const thresholds = { 'memory.available': '100Mi', 'nodefs.available': '10%' }

function readings(memoryMi: number, diskMi: number): NodeReadings {
  return {
    memoryAvailableBytes: memoryMi * mebibyte,
    memoryWorkingSetBytes: 0,
    nodeFs: {
      capacityBytes: 1000 * mebibyte,
      availableBytes: diskMi * mebibyte,
      usedBytes: 0,
      inodes: 100,
      inodesFree: 100,
    },
  } as NodeReadings
}

test('thresholds are crossed below them, not at them', () => {
  assert.deepEqual(shortagesOf(thresholds, readings(100, 100)), [])
  assert.deepEqual(
    shortagesOf(thresholds, readings(99, 99)).map(({ signal }) => signal),
    ['memory.available', 'nodefs.available'],
  )
})

test('a shortage names threshold and rest as quantities', () => {
  const [memory] = shortagesOf(thresholds, readings(50, 1000))
  assert.deepEqual(memory, {
    signal: 'memory.available',
    resource: 'memory',
    condition: 'memory',
    threshold: '100Mi',
    available: '50Mi',
  })
})

const pod = (uid: string, priority: number, requestMi: number, usedMi: number): PodUse => ({
  uid,
  priority,
  requestBytes: requestMi * mebibyte,
  usedBytes: usedMi * mebibyte,
  containers: [{ name: 'web', requestBytes: requestMi * mebibyte, usedBytes: usedMi * mebibyte }],
})

test('who uses more than asked for goes first, then lower priority, then the greatest excess', () => {
  const pods = [
    pod('within', 0, 100, 50),
    pod('important', 1000, 0, 500),
    pod('a little', 0, 0, 10),
    pod('a lot', 0, 0, 100),
  ]
  assert.deepEqual(
    inOrderOfEviction(pods).map(({ uid }) => uid),
    ['a lot', 'a little', 'important', 'within'],
  )
})

test('the message is that of upstream', () => {
  const [shortage] = shortagesOf(thresholds, readings(50, 1000))
  assert.ok(shortage)
  assert.equal(
    evictionMessage(shortage, pod('web', 0, 100, 200)),
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container web was using 200Mi, request is 100Mi, has larger consumption of memory. ',
  )
})
