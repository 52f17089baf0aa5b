import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, PodDisruptionBudget } from '#api'
import type { Stored } from '#machinery'
import { nodesToFind, type ScheduleResult } from './cycle.ts'
import { nodeNamed, type PodDraft, podWithName } from './fixture/objects.ts'
import { type Cluster, planFor, snapshotOf } from './fixture/snapshots.ts'
import { fitErrorMessage } from './framework/fit-error.ts'

const taint = (key: string) => ({ key, effect: 'NoSchedule' })
const controlPlane = nodeNamed('cp', {
  spec: { taints: [taint('node-role.kubernetes.io/control-plane')] },
})
const named = (...names: string[]) => ({
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchFields: [{ key: 'metadata.name', operator: 'In', values: names }] },
          ],
        },
      },
    },
  },
})

function outcome(plan: ScheduleResult): string {
  switch (plan.kind) {
    case 'no-nodes':
      return 'no nodes'
    case 'place':
      return plan.node
    case 'unfit':
      return fitErrorMessage(plan.error)
  }
}

const messages: readonly { name: string; pod: Stored<Pod>; cluster: Cluster; want: string }[] = [
  {
    name: 'reasons are counted and sorted as texts',
    pod: podWithName('p', { cpu: '2' }),
    cluster: {
      nodes: [controlPlane, nodeNamed('a'), nodeNamed('b')],
      pods: [podWithName('q', { node: 'a', cpu: '3' }), podWithName('r', { node: 'b', cpu: '3' })],
    },
    want: '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
  },
  {
    name: 'a node may be short of several things',
    pod: podWithName('p', { cpu: '64', memory: '1Ti' }),
    cluster: { nodes: [nodeNamed('a'), nodeNamed('b')] },
    want: '0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  },
  {
    name: 'ten come before two, for texts are compared',
    pod: podWithName('p', { cpu: '3' }),
    cluster: {
      nodes: [
        ...Array.from({ length: 10 }, (_, i) =>
          nodeNamed(`c${i}`, { spec: { unschedulable: true } }),
        ),
        ...['a', 'b'].map((name) => nodeNamed(name, { cpu: '2' })),
      ],
    },
    want: '0/12 nodes are available: 10 node(s) were unschedulable, 2 Insufficient cpu. no new claims to deallocate, preemption: 0/12 nodes are available: 12 Preemption is not helpful for scheduling.',
  },
  {
    name: 'a pod bound to its node by name leaves the others out',
    pod: podWithName('p', { cpu: '3', ...named('a') }),
    cluster: { nodes: ['a', 'b', 'c'].map((name) => nodeNamed(name, { cpu: '2' })) },
    want: "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
  },
  {
    name: 'what PreFilter rejects is said once for all nodes',
    pod: podWithName('p', {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchFields: ['a', 'b'].map((value) => ({
                    key: 'metadata.name',
                    operator: 'In',
                    values: [value],
                  })),
                },
              ],
            },
          },
        },
      },
    }),
    cluster: { nodes: [nodeNamed('a'), nodeNamed('b')] },
    want: '0/2 nodes are available: pod affinity terms conflict. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  },
  {
    name: 'a pod that may not preempt',
    pod: podWithName('p', { cpu: '3', priority: 5, spec: { preemptionPolicy: 'Never' } }),
    cluster: { nodes: [nodeNamed('a')], pods: [podWithName('q', { node: 'a', cpu: '3' })] },
    want: '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
  },
  {
    name: 'a full node',
    pod: podWithName('p'),
    cluster: { nodes: [nodeNamed('a', { pods: '1' })], pods: [podWithName('q', { node: 'a' })] },
    want: '0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  },
  {
    name: 'no nodes at all',
    pod: podWithName('p'),
    cluster: { nodes: [] },
    want: 'no nodes',
  },
]

for (const { name, pod, cluster, want } of messages) {
  test(`the message: ${name}`, () => {
    assert.equal(outcome(planFor(pod, snapshotOf(cluster))), want)
  })
}

test('a pod goes to the emptiest of the nodes that fit', () => {
  const cluster = {
    nodes: ['a', 'b', 'c'].map((name) => nodeNamed(name)),
    pods: [podWithName('q', { node: 'a', cpu: '1' }), podWithName('r', { node: 'c', cpu: '1' })],
  }
  assert.equal(outcome(planFor(podWithName('p', { cpu: '1' }), snapshotOf(cluster))), 'b')
})

test('equal nodes are equally likely, and the seed decides', () => {
  const snapshot = snapshotOf({ nodes: ['a', 'b', 'c', 'd'].map((name) => nodeNamed(name)) })
  const place = (seed: number) => outcome(planFor(podWithName('p'), snapshot, { seed }))
  const counts = new Map<string, number>()
  for (let seed = 0; seed < 400; seed++) {
    counts.set(place(seed), (counts.get(place(seed)) ?? 0) + 1)
    assert.equal(place(seed), place(seed))
  }
  assert.deepEqual([...counts.keys()].toSorted(), ['a', 'b', 'c', 'd'])
  for (const count of counts.values()) assert.ok(count > 60 && count < 140, `${count} of 400`)
})

test('large clusters are searched in part', () => {
  const sizes = [10, 99, 100, 250, 1000, 5000, 6000, 20_000]
  assert.deepEqual(
    sizes.map((size) => nodesToFind(size, 0)),
    [10, 99, 100, 120, 420, 500, 300, 1000],
  )
  assert.equal(nodesToFind(1000, 40), 400)
  assert.equal(nodesToFind(1000, 5), 100)
  assert.equal(nodesToFind(1000, 100), 1000)
})

test('the search goes on where the last one stopped', () => {
  const nodes = Array.from({ length: 250 }, (_, i) => nodeNamed(`n${i}`))
  const snapshot = snapshotOf({ nodes })
  const first = planFor(podWithName('p'), snapshot)
  assert.equal(first.kind === 'place' && first.nextStartIndex, 120)
  const second = planFor(podWithName('p'), snapshot, { startIndex: 120 })
  assert.equal(second.kind === 'place' && second.nextStartIndex, 240)
  const third = planFor(podWithName('p'), snapshot, { startIndex: 240 })
  assert.equal(third.kind === 'place' && third.nextStartIndex, 110)
})

test('nodes are listed zone by zone', () => {
  const zones = ['a', 'a', 'a', 'b', 'c', 'c']
  const nodes = zones.map((zone, i) =>
    nodeNamed(`${zone}${i}`, { labels: { 'topology.kubernetes.io/zone': zone } }),
  )
  const names = snapshotOf({ nodes }).nodes.map(({ name }) => name)
  assert.deepEqual(names, ['a0', 'b3', 'c4', 'a1', 'c5', 'a2'])
})

const low = (name: string, node: string, more: PodDraft = {}) =>
  podWithName(name, { node, cpu: '3', priority: 1, ...more })
const important = podWithName('p', { cpu: '3', priority: 10 })

function victimsOf(cluster: Cluster, pod = important): string {
  const plan = planFor(pod, snapshotOf(cluster))
  if (plan.kind !== 'unfit' || !plan.preemption) return outcome(plan)
  const victims = plan.preemption.victims.map(({ pod: { metadata } }) => metadata.name)
  return `${victims.join('+')} on ${plan.preemption.node}`
}

function budget(allowed: number): Stored<PodDisruptionBudget> {
  return {
    ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
    metadata: {
      ...{ namespace: 'default', name: 'b', uid: 'b', resourceVersion: '1', creationTimestamp: '' },
    },
    spec: { selector: { matchLabels: { app: 'web' } } },
    status: { disruptionsAllowed: allowed },
  }
}

const twoNodes = [nodeNamed('a'), nodeNamed('b')]
const preemptions: readonly { name: string; cluster: Cluster; pod?: Stored<Pod>; want: string }[] =
  [
    {
      name: 'the pod of lower priority has to go',
      cluster: { nodes: [nodeNamed('a')], pods: [low('q', 'a')] },
      want: 'q on a',
    },
    {
      name: 'only as many as needed, the least important',
      cluster: {
        nodes: [nodeNamed('a')],
        pods: [1, 2, 3].map((priority) => low(`q${priority}`, 'a', { cpu: '1', priority })),
      },
      pod: podWithName('p', { cpu: '2', priority: 10 }),
      want: 'q1 on a',
    },
    {
      name: 'one big pod is spared where a small one will do',
      cluster: {
        nodes: [nodeNamed('a')],
        pods: [low('big', 'a', { priority: 2 }), low('small', 'a', { cpu: '1' })],
      },
      pod: podWithName('p', { cpu: '1', priority: 10 }),
      want: 'small on a',
    },
    {
      name: 'the node whose highest victim is lowest',
      cluster: { nodes: twoNodes, pods: [low('q', 'a', { priority: 5 }), low('r', 'b')] },
      want: 'r on b',
    },
    {
      name: 'then the lowest sum of priorities',
      cluster: {
        nodes: twoNodes,
        pods: [
          ...['q1', 'q2'].map((name) => low(name, 'a', { cpu: '2' })),
          ...['r1', 'r2', 'r3'].map((name) => low(name, 'b', { cpu: '1300m' })),
        ],
      },
      pod: podWithName('p', { cpu: '4', priority: 10 }),
      want: 'q1+q2 on a',
    },
    {
      name: 'then the one whose victim started last',
      cluster: {
        nodes: twoNodes,
        pods: [
          low('q', 'a', { status: { startTime: '2026-01-01T00:00:00Z' } }),
          low('r', 'b', { status: { startTime: '2026-01-02T00:00:00Z' } }),
        ],
      },
      want: 'r on b',
    },
    {
      name: 'a broken budget outweighs all that',
      cluster: {
        nodes: twoNodes,
        pods: [low('q', 'a', { labels: { app: 'web' } }), low('r', 'b', { priority: 5 })],
        budgets: [budget(0)],
      },
      want: 'r on b',
    },
    {
      name: 'a budget that still allows one is none',
      cluster: {
        nodes: twoNodes,
        pods: [low('q', 'a', { labels: { app: 'web' } }), low('r', 'b', { priority: 5 })],
        budgets: [budget(1)],
      },
      want: 'q on a',
    },
    {
      name: 'pods of the same priority are safe',
      cluster: { nodes: [nodeNamed('a')], pods: [low('q', 'a', { priority: 10 })] },
      want: '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    },
    {
      name: 'who shuns the pod can be evicted',
      cluster: {
        nodes: [nodeNamed('a')],
        pods: [
          podWithName('q', {
            ...{ node: 'a', priority: 1 },
            spec: {
              affinity: {
                podAntiAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [
                    {
                      labelSelector: { matchLabels: { app: 'web' } },
                      topologyKey: 'kubernetes.io/hostname',
                    },
                  ],
                },
              },
            },
          }),
        ],
      },
      pod: podWithName('p', { priority: 10, labels: { app: 'web' } }),
      want: 'q on a',
    },
    {
      name: 'who makes the domain too full can be evicted',
      cluster: {
        nodes: [nodeNamed('a'), nodeNamed('b', { spec: { unschedulable: true } })],
        pods: [podWithName('q', { node: 'a', priority: 1, labels: { app: 'web' } })],
      },
      pod: podWithName('p', {
        ...{ priority: 10, labels: { app: 'web' } },
        spec: {
          topologySpreadConstraints: [
            {
              ...{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname' },
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { app: 'web' } },
            },
          ],
        },
      }),
      want: 'q on a',
    },
    {
      name: 'while victims leave the nominated node no others are taken',
      cluster: {
        nodes: [nodeNamed('a')],
        pods: [
          low('q', 'a', {
            metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
            status: {
              conditions: [
                { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' },
              ],
            },
          }),
        ],
      },
      pod: podWithName('p', { cpu: '3', priority: 10, status: { nominatedNodeName: 'a' } }),
      want: '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to a terminating pod on the nominated node.',
    },
  ]

for (const { name, cluster, pod, want } of preemptions) {
  test(`preemption: ${name}`, () => assert.equal(victimsOf(cluster, pod), want))
}

test('room that a nominated pod waits for is not given to a lesser one', () => {
  const nominated = [[important, 'a']] as const
  const snapshot = snapshotOf({ nodes: twoNodes, nominated })
  const lesser = planFor(podWithName('q', { cpu: '2', priority: 1 }), snapshot)
  assert.equal(outcome(lesser), 'b')
  const own = podWithName('p', { cpu: '3', priority: 10, status: { nominatedNodeName: 'a' } })
  assert.equal(outcome(planFor(own, snapshot)), 'a', 'it is kept for the pod itself')
  const greater = planFor(podWithName('r', { cpu: '4', priority: 20 }), snapshot, { seed: 3 })
  assert.ok(['a', 'b'].includes(outcome(greater)), 'and does not bind a greater one')
})

test('a successful preemption leaves only the filters’ reasons in the message', () => {
  const cluster = { nodes: [nodeNamed('a')], pods: [low('q', 'a')] }
  assert.equal(
    outcome(planFor(important, snapshotOf(cluster))),
    '0/1 nodes are available: 1 Insufficient cpu.',
  )
})

test('a nomination is void when preemption is found to be of no help', () => {
  const pod = podWithName('p', { cpu: '64', priority: 10, status: { nominatedNodeName: 'a' } })
  const plan = planFor(pod, snapshotOf({ nodes: [nodeNamed('a')] }))
  assert.equal(plan.kind === 'unfit' && plan.clearNomination, true)
})

test('the plugins that rejected nodes are named', () => {
  const cluster = { nodes: [controlPlane, nodeNamed('a', { cpu: '1' })] }
  const plan = planFor(podWithName('p', { cpu: '2' }), snapshotOf(cluster))
  assert.deepEqual(plan.kind === 'unfit' && [...plan.rejectors], [
    'TaintToleration',
    'NodeResourcesFit',
  ])
})
