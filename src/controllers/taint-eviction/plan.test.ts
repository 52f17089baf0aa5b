import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Taint, Toleration } from '#api'
import { nodeWith, nowMs, podWith, secondsAgo } from '../shared/objects-fixture.ts'
import { exposedSinceMs, judgePod } from './plan.ts'

const lost: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }
const other: Taint = { key: 'gpu', value: 'broken', effect: 'NoExecute' }

const tolerating = (taint: Taint, tolerationSeconds?: number): Toleration => ({
  key: taint.key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
})

function leavesAfterMs(taints: readonly Taint[], tolerations: readonly Toleration[]) {
  const node = nodeWith('n', {}, { spec: { taints } })
  const verdict = judgePod(podWith('p', { spec: { tolerations } }), node, nowMs)
  return verdict.kind === 'stay' ? 'never' : verdict.atMs - nowMs
}

const atOnce = Number.NEGATIVE_INFINITY
const cases: readonly (readonly [string, readonly Taint[], readonly Toleration[], unknown])[] = [
  ['no taint, no reason to leave', [], [], 'never'],
  ['taints against scheduling only', [{ ...lost, effect: 'NoSchedule' }], [], 'never'],
  ['not tolerated', [lost], [], atOnce],
  ['tolerated for ever', [lost], [tolerating(lost)], 'never'],
  ['tolerated for a while', [lost], [tolerating(lost, 2)], 2000],
  ['tolerated for no time', [lost], [tolerating(lost, 0)], atOnce],
  ['tolerated for less than no time', [lost], [tolerating(lost, -5)], atOnce],
  [
    'the shortest of two tolerations',
    [lost, other],
    [tolerating(lost, 300), tolerating(other, 60)],
    60_000,
  ],
  ['for ever and for a while', [lost, other], [tolerating(lost), tolerating(other, 60)], 60_000],
  ['one of two not tolerated', [lost, other], [tolerating(lost, 300)], atOnce],
  [
    'the first toleration that fits counts',
    [lost],
    [tolerating(lost, 300), tolerating(lost, 10)],
    300_000,
  ],
]

for (const [name, taints, tolerations, expected] of cases) {
  test(name, () => assert.equal(leavesAfterMs(taints, tolerations), expected))
}

test('a pod is exposed since the oldest NoExecute taint came to its node', () => {
  const taints = [
    { ...lost, timeAdded: secondsAgo(10) },
    { ...other, timeAdded: secondsAgo(20) },
    { ...lost, effect: 'NoSchedule', timeAdded: secondsAgo(99) },
  ]
  const since = (...on: readonly Taint[]) =>
    exposedSinceMs(podWith('p'), nodeWith('n', {}, { spec: { taints: on } }))
  assert.equal(since(...taints), nowMs - 20_000)
  assert.equal(since(lost), undefined)
  assert.equal(exposedSinceMs(podWith('p'), undefined), undefined)
})

test('a pod that comes to a tainted node is exposed since then', () => {
  const taints = [{ ...lost, timeAdded: secondsAgo(900) }]
  const node = nodeWith('n', {}, { spec: { taints } })
  const type = 'PodScheduled'
  const scheduled = { type, status: 'True', lastTransitionTime: secondsAgo(5) }
  const bound = podWith('p', { status: { conditions: [scheduled] } })
  assert.equal(exposedSinceMs(bound, node), nowMs - 5000)
  const created = podWith('p', { metadata: { creationTimestamp: secondsAgo(7) } })
  assert.equal(exposedSinceMs(created, node), nowMs - 7000)
})
