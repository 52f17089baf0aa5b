import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResourceV1 } from '#api'
import { evictionMs } from './plan.ts'

const addedMs = Date.UTC(2026, 0, 2, 3, 4, 5)
const sick = {
  key: 'example.com/sick',
  value: 'yes',
  effect: 'NoExecute',
  timeAdded: '2026-01-02T03:04:05Z',
}
const exists = (more: object = {}) => ({ operator: 'Exists', effect: 'NoExecute', ...more })

function leavesAfterMs(
  taints: readonly ResourceV1.DeviceTaint[],
  tolerations: readonly ResourceV1.DeviceToleration[],
): number | 'never' {
  const result = { request: 'r', driver: 'd', pool: 'p', device: 'a', tolerations }
  const claim = { spec: {}, status: { allocation: { devices: { results: [result] } } } }
  const atMs = evictionMs(claim, () => taints)
  return atMs === undefined ? 'never' : atMs - addedMs
}

const cases: Readonly<Record<string, [number | 'never', object[], object[]]>> = {
  'no taint, no reason to leave': ['never', [], []],
  'a taint against scheduling alone': ['never', [{ ...sick, effect: 'NoSchedule' }], []],
  'a taint that nobody tolerates': [0, [sick], []],
  'one that is tolerated for ever': ['never', [sick], [exists()]],
  'one that is tolerated for a while': [30_000, [sick], [exists({ tolerationSeconds: 30 })]],
  'the shortest of several': [
    10_000,
    [sick],
    [exists({ tolerationSeconds: 30 }), exists({ tolerationSeconds: 10 })],
  ],
  'less than no time': [0, [sick], [exists({ tolerationSeconds: -5 })]],
  'a toleration of all effects does not count here': [0, [sick], [{ operator: 'Exists' }]],
  'a toleration of another value': [
    0,
    [sick],
    [{ key: sick.key, operator: 'Equal', value: 'no', effect: 'NoExecute' }],
  ],
  'the first of two taints': [
    0,
    [sick, { ...sick, key: 'example.com/gone' }],
    [exists({ key: sick.key, tolerationSeconds: 30 })],
  ],
}

for (const [name, [expected, taints, tolerations]] of Object.entries(cases)) {
  test(`pods of a claim leave: ${name}`, () => {
    // Cast: of these tests.
    const given = [taints, tolerations] as [ResourceV1.DeviceTaint[], ResourceV1.DeviceToleration[]]
    assert.equal(leavesAfterMs(...given), expected)
  })
}
