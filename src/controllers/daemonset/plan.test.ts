import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DaemonSet, Node, Pod, Taint } from '#api'
import type { Stored } from '#machinery'
import {
  nodeWith,
  nowMs,
  type PodTraits,
  podWith,
  secondsAgo,
  storedObject,
} from '../shared/objects-fixture.ts'
import { nodeShouldRunDaemonPod } from './nodes.ts'
import { hashLabel, type Observed } from './observed.ts'
import { planDaemons } from './plan.ts'

type Spec = Partial<NonNullable<DaemonSet['spec']>>

function set(spec: Spec = {}): Stored<DaemonSet> {
  return storedObject('agent', {
    spec: { template: { spec: { containers: [] } }, ...spec },
  } as DaemonSet)
}

function pod(node: string, hash = 'new', traits: PodTraits & { age?: number } = {}): Stored<Pod> {
  const { age = 100, ...rest } = traits
  const metadata = { labels: { [hashLabel]: hash }, creationTimestamp: secondsAgo(age) }
  return podWith(`${hash}-${node}-${age}`, { node, readyFor: 50, ...rest, metadata })
}

const tainted = (name: string, effect: string, key = 'team') =>
  nodeWith(name, { Ready: 'True' }, { spec: { taints: [{ key, effect }] } })
const nodes = ['a', 'b', 'c', 'd'].map((name) => nodeWith(name))

function plan(
  pods: readonly Stored<Pod>[],
  spec: Spec = {},
  existing: readonly Stored<Node>[] = nodes,
) {
  const observed: Observed = {
    ...{ daemonSet: set(spec), nodes: existing, pods, hash: 'new', nowMs },
    failedPodDelayMs: (node) => (node === 'd' ? 4000 : 0),
  }
  const { create, remove } = planDaemons(observed)
  return { create, remove: remove.map(({ pod: { metadata } }) => metadata.name) }
}

const rolling = (rollingUpdate: Readonly<Record<string, number | string>>): Spec => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate },
})

describe('each suitable node', () => {
  test('gets one daemon', () => {
    assert.deepEqual(plan([pod('a')]), { create: ['b', 'c', 'd'], remove: [] })
    assert.deepEqual(plan(nodes.map(({ metadata }) => pod(metadata.name))), {
      create: [],
      remove: [],
    })
  })

  test('waits until the one before has left', () => {
    const leaving = pod('a', 'new', { leaving: true })
    assert.deepEqual(plan([leaving], {}, nodes.slice(0, 1)), { create: [], remove: [] })
  })

  test('keeps the oldest of several, and replaces one that ended', () => {
    const [old, young] = [pod('a', 'new', { age: 90 }), pod('a', 'new', { age: 10 })]
    assert.deepEqual(plan([young, old], {}, nodes.slice(0, 1)).remove, ['new-a-10'])
    const failed = pod('a', 'new', { phase: 'Failed' })
    assert.deepEqual(plan([failed], {}, nodes.slice(0, 1)).remove, ['new-a-100'])
  })

  test('is given a new daemon for a failed one only after its back-off', () => {
    const failed = pod('d', 'new', { phase: 'Failed' })
    const [node] = nodes.slice(3)
    const observed: Observed = {
      ...{ daemonSet: set(), nodes: node ? [node] : [], pods: [failed], hash: 'new', nowMs },
      failedPodDelayMs: () => 4000,
    }
    assert.deepEqual(planDaemons(observed), { create: [], remove: [], againInMs: 4000 })
  })

  test('that is gone leaves no pod behind that was never bound', () => {
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['gone'] }]
    const required = { nodeSelectorTerms: [{ matchFields }] }
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required }
    const unbound = podWith('unbound', { phase: 'Pending', spec: { affinity: { nodeAffinity } } })
    assert.deepEqual(plan([unbound], {}, []), { create: [], remove: ['unbound'] })
  })

  const judged: readonly (readonly [string, Taint, boolean, boolean])[] = [
    ['in trouble', { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }, true, true],
    [
      'under pressure',
      { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' },
      true,
      true,
    ],
    ['cordoned', { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }, true, true],
    [
      'without a network',
      { key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' },
      false,
      true,
    ],
    ['set aside for others', { key: 'team', effect: 'NoSchedule' }, false, true],
    ['to be left', { key: 'team', effect: 'NoExecute' }, false, false],
  ]
  for (const [name, { key, effect }, shouldRun, shouldContinue] of judged) {
    test(`a node that is ${name}`, () => {
      const decision = nodeShouldRunDaemonPod(set(), tainted('n', effect, key))
      assert.deepEqual(decision, { shouldRun, shouldContinueRunning: shouldContinue })
    })
  }

  test('that does not fit any more loses its daemon, one that merely takes no new ones does not', () => {
    const existing = [tainted('a', 'NoExecute'), tainted('b', 'NoSchedule')]
    assert.deepEqual(plan([pod('a'), pod('b')], {}, existing), {
      create: [],
      remove: ['new-a-100'],
    })
    const template = { spec: { containers: [], nodeSelector: { disk: 'ssd' } } }
    assert.deepEqual(plan([pod('a')], { template }, nodes.slice(0, 1)).remove, ['new-a-100'])
  })
})

describe('a rolling update', () => {
  const old = nodes.map(({ metadata }) => pod(metadata.name, 'old'))

  test('takes as many as may be unavailable, one unless told', () => {
    assert.deepEqual(plan(old).remove, ['old-a-100'])
    assert.deepEqual(plan(old, rolling({ maxUnavailable: '50%' })).remove, [
      'old-a-100',
      'old-b-100',
    ])
  })

  test('waits for those that are unavailable, and replaces first what is so anyway', () => {
    const young = pod('a', 'new', { readyFor: undefined })
    assert.deepEqual(plan([young, ...old.slice(1)]).remove, [])
    const broken = pod('d', 'old', { readyFor: undefined })
    assert.deepEqual(plan([...old.slice(0, 3), broken]).remove, ['old-d-100'])
  })

  test('with a surge sets the new pod beside the old one, which goes when it is available', () => {
    const surge = rolling({ maxSurge: 1, maxUnavailable: 0 })
    assert.deepEqual(plan(old, surge), { create: ['a'], remove: [] })
    const waiting = pod('a', 'new', { readyFor: undefined })
    assert.deepEqual(plan([...old, waiting], surge), { create: [], remove: [] })
    const arrived = pod('a')
    assert.deepEqual(plan([...old, arrived], surge), { create: [], remove: ['old-a-100'] })
    assert.deepEqual(plan([arrived, ...old.slice(1)], surge), { create: ['b'], remove: [] })
  })

  test('walks every node that has a pod: what a dead node holds is deleted first, and blocks the rest', () => {
    const dead = tainted('d', 'NoExecute', 'node.kubernetes.io/unreachable')
    const existing = [...nodes.slice(0, 3), dead]
    const lost = pod('d', 'old', { readyFor: undefined })
    assert.deepEqual(plan([...old.slice(0, 3), lost], {}, existing).remove, ['old-d-100'])
    const leaving = pod('d', 'old', { readyFor: undefined, leaving: true })
    assert.deepEqual(plan([...old.slice(0, 3), leaving], {}, existing), { create: [], remove: [] })
    // A node that should have no daemon any more, but still may keep the one it has, counts as well.
    const aside = tainted('d', 'NoSchedule')
    const unready = pod('d', 'new', { readyFor: undefined })
    assert.deepEqual(plan([...old.slice(0, 3), unready], {}, [...nodes.slice(0, 3), aside]), {
      create: [],
      remove: [],
    })
  })

  test('with a surge replaces at once what is unavailable, and keeps what is not wanted until others have come', () => {
    const surge = rolling({ maxSurge: 1, maxUnavailable: 0 })
    const broken = pod('b', 'old', { readyFor: undefined })
    const some = [old[0], broken, ...old.slice(2)].filter((each) => each !== undefined)
    assert.deepEqual(plan(some, surge), { create: ['b', 'a'], remove: [] })
    const aside = [...nodes.slice(0, 3), tainted('d', 'NoSchedule')]
    assert.deepEqual(plan(old, surge, aside), { create: ['a'], remove: ['old-d-100'] })
    const lacking = [pod('a', 'old', { readyFor: undefined }), ...old.slice(1)]
    assert.deepEqual(plan(lacking, surge, aside), { create: ['a', 'b'], remove: [] })
    const unready = [
      pod('a', 'old', { readyFor: undefined }),
      pod('a', 'new', { readyFor: undefined }),
    ]
    assert.deepEqual(plan(unready, surge, nodes.slice(0, 1)).remove, ['old-a-100'])
  })

  test('with OnDelete waits for somebody to delete', () => {
    assert.deepEqual(plan(old, { updateStrategy: { type: 'OnDelete' } }).remove, [])
  })
})
