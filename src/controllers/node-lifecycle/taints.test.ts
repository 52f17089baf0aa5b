import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Taint } from '#api'
import { nodeWith, nowMs } from '../shared/objects-fixture.ts'
import {
  evictionKey,
  notReadyKey,
  taintsOf,
  unreachableKey,
  withNoExecute,
  withNoScheduleTaints,
} from './taints.ts'

const foreign: Taint = { key: 'team', value: 'a', effect: 'NoSchedule' }
const keys = (taints: readonly Taint[]) => taints.map(({ key, effect }) => `${key}:${effect}`)

function node(
  conditions: Readonly<Record<string, string>>,
  taints: readonly Taint[] = [],
  unschedulable?: boolean,
) {
  return nodeWith('n', conditions, {
    spec: { taints, ...(unschedulable ? { unschedulable } : {}) },
  })
}

describe('NoSchedule taints', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['Ready', 'False', 'not-ready'],
    ['Ready', 'Unknown', 'unreachable'],
    ['MemoryPressure', 'True', 'memory-pressure'],
    ['DiskPressure', 'True', 'disk-pressure'],
    ['PIDPressure', 'True', 'pid-pressure'],
    ['NetworkUnavailable', 'True', 'network-unavailable'],
  ]
  for (const [type, status, name] of cases) {
    test(`${type} ${status} brings ${name}, and takes it away when it is over`, () => {
      const bad = withNoScheduleTaints(node({ [type]: status }, [foreign]), nowMs)
      assert.deepEqual(keys(bad), ['team:NoSchedule', `node.kubernetes.io/${name}:NoSchedule`])
      assert.equal(bad[1]?.timeAdded, '2026-01-01T12:00:00Z')
      const good = withNoScheduleTaints(node({ [type]: 'Other' }, bad), nowMs)
      assert.deepEqual(good, [foreign])
    })
  }

  test('a cordoned node is tainted', () => {
    const taints = withNoScheduleTaints(node({ Ready: 'True' }, [], true), nowMs)
    assert.deepEqual(keys(taints), ['node.kubernetes.io/unschedulable:NoSchedule'])
  })

  test('a node without taints that needs none has none, and no others', () => {
    const bare = nodeWith('n', { Ready: 'True' })
    assert.equal(withNoScheduleTaints(bare, nowMs), taintsOf(bare))
    assert.equal(withNoExecute(bare, undefined, nowMs), taintsOf(bare))
  })

  test('what is right already stays the very same, also its time', () => {
    const held = [{ key: notReadyKey, effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:00Z' }]
    const same = node({ Ready: 'False' }, held)
    assert.equal(withNoScheduleTaints(same, nowMs), same.spec?.taints)
  })
})

describe('NoExecute taints', () => {
  test('follow readiness; a node without the condition counts as unreachable', () => {
    assert.equal(evictionKey(node({ Ready: 'True' })), undefined)
    assert.equal(evictionKey(node({ Ready: 'False' })), notReadyKey)
    assert.equal(evictionKey(node({ Ready: 'Unknown' })), unreachableKey)
    assert.equal(evictionKey(node({})), unreachableKey)
  })

  test('one takes the place of the other, and foreign ones stay', () => {
    const alien: Taint = { key: 'mine', effect: 'NoExecute' }
    const first = withNoExecute(node({}, [alien]), notReadyKey, nowMs)
    assert.deepEqual(keys(first), ['mine:NoExecute', `${notReadyKey}:NoExecute`])
    const second = withNoExecute(node({}, first), unreachableKey, nowMs)
    assert.deepEqual(keys(second), ['mine:NoExecute', `${unreachableKey}:NoExecute`])
    assert.deepEqual(withNoExecute(node({}, second), undefined, nowMs), [alien])
    const held = node({}, second)
    assert.equal(withNoExecute(held, unreachableKey, nowMs), held.spec?.taints)
  })

  test('a NoSchedule taint of the same key is another matter', () => {
    const held = [{ key: notReadyKey, effect: 'NoSchedule' }]
    assert.deepEqual(keys(withNoExecute(node({}, held), undefined, nowMs)), [
      `${notReadyKey}:NoSchedule`,
    ])
  })
})
