import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Pod } from '#api'
import type { Stored } from '#machinery'
import { nodeNamed, podWithName } from './fixture/objects.ts'
import { planFor, viewOf } from './fixture/snapshots.ts'
import { countQuery } from './model/aggregate.ts'
import type { NodeInfo } from './model/node-info.ts'
import { podInfoOf } from './model/pod-info.ts'
import { computeAggregate } from './state/aggregates.ts'
import { createSchedulerCache, type SchedulerCache } from './state/scheduler-cache.ts'

const zone = 'topology.kubernetes.io/zone'
const view = viewOf({ namespaces: { default: {} } })

const nodeArbitrary = fc.record({
  cpu: fc.integer({ min: 1, max: 8 }),
  pods: fc.integer({ min: 1, max: 6 }),
  zone: fc.constantFrom('a', 'b', 'c'),
})
const podArbitrary = fc.record({
  milliCpu: fc.integer({ min: 0, max: 3000 }),
  priority: fc.integer({ min: 0, max: 3 }),
  app: fc.constantFrom('x', 'y'),
  rule: fc.constantFrom('none', 'anti-host', 'anti-zone', 'spread'),
})

type Drawn<T> = T extends fc.Arbitrary<infer V> ? V : never
type NodeDraw = Drawn<typeof nodeArbitrary>
type PodDraw = Drawn<typeof podArbitrary>

function podFrom(draft: PodDraw, index: number): Stored<Pod> {
  const { milliCpu, priority, app, rule } = draft
  const labelSelector = { matchLabels: { app } }
  const topologyKey = rule === 'anti-host' ? 'kubernetes.io/hostname' : zone
  const anti = {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey }],
      },
    },
  }
  const spread = {
    topologySpreadConstraints: [
      { ...{ labelSelector, topologyKey, maxSkew: 1 }, whenUnsatisfiable: 'DoNotSchedule' },
    ],
  }
  const spec = rule === 'none' ? {} : rule === 'spread' ? spread : anti
  return podWithName(`p${index}`, { cpu: `${milliCpu}m`, priority, labels: { app }, spec })
}

/** Places the pods one after the other, evicting victims at once. */
function simulate(
  nodes: readonly NodeDraw[],
  drafts: readonly PodDraw[],
  check: (state: SchedulerCache, node: NodeInfo, pod: Stored<Pod>) => void,
): void {
  const state = createSchedulerCache()
  for (const [i, node] of nodes.entries()) {
    const labels = { [zone]: node.zone }
    state.setNode(nodeNamed(`n${i}`, { cpu: `${node.cpu}`, pods: `${node.pods}`, labels }))
  }
  for (const [i, draft] of drafts.entries()) {
    const pod = podFrom(draft, i)
    const plan = planFor(pod, state.snapshot(view), { seed: i })
    if (plan.kind === 'unfit' && plan.preemption) {
      for (const victim of plan.preemption.victims) state.removePod(victim.uid)
      const retry = planFor(pod, state.snapshot(view), { seed: i })
      assert.equal(retry.kind, 'place', 'evicting the victims makes room')
      if (retry.kind === 'place') state.assume(podInfoOf(pod), retry.node)
    }
    if (plan.kind !== 'place') continue
    const node = state.snapshot(view).find(plan.node)
    assert.ok(node)
    check(state, node, pod)
    state.assume(podInfoOf(pod), plan.node)
  }
  for (const { name, load, allocatable, allowedPods } of state.snapshot(view).nodes) {
    assert.ok(load.requested.milliCpu <= allocatable.milliCpu, `${name} is overcommitted`)
    assert.ok(load.pods.length <= allowedPods, `${name} has too many pods`)
  }
}

const clusters = [
  fc.array(nodeArbitrary, { minLength: 1, maxLength: 6 }),
  fc.array(podArbitrary, { maxLength: 25 }),
] as const

test('no node is ever overcommitted, and victims are never evicted in vain', () => {
  fc.assert(fc.property(...clusters, (nodes, pods) => simulate(nodes, pods, () => {})))
})

test('nobody is placed beside one whom it shuns or who shuns it', () => {
  const property = fc.property(...clusters, (nodes, pods) =>
    simulate(nodes, pods, (state, node, pod) => {
      const domain = (other: NodeInfo, key: string) => other.labels[key] === node.labels[key]
      for (const other of state.snapshot(view).nodes) {
        for (const neighbour of other.load.pods) {
          if (neighbour.labels.app !== pod.metadata.labels?.app) continue
          const terms = [...neighbour.antiAffinity, ...podInfoOf(pod).antiAffinity]
          const shared = terms.filter(({ topologyKey }) => domain(other, topologyKey))
          assert.deepEqual(shared, [], `${pod.metadata.name} beside ${neighbour.key}`)
        }
      }
    }),
  )
  fc.assert(property)
})

const stepArbitrary = fc.record({
  what: fc.constantFrom('set', 'assume', 'forget', 'remove', 'node', 'no-node', 'label'),
  pod: fc.integer({ min: 0, max: 5 }),
  node: fc.integer({ min: 0, max: 3 }),
})

type StepDraw = Drawn<typeof stepArbitrary>

test('after any changes the state is as if made anew, sums and old snapshots included', () => {
  const query = countQuery('of x', ({ labels }) => labels.app === 'x')
  const property = fc.property(fc.array(stepArbitrary, { maxLength: 40 }), (steps) => {
    const state = createSchedulerCache()
    for (const { what, pod, node } of steps) {
      const app = what === 'label' ? 'y' : 'x'
      const info = podInfoOf(podWithName(`p${pod}`, { cpu: `${pod + 1}`, labels: { app } }))
      const before = state.snapshot(view)
      const shown = JSON.stringify(before.nodes)
      const counted = JSON.stringify([...computeAggregate(query, before.nodes)])
      step(state, what, { info, node: `n${node}` })
      assert.equal(JSON.stringify(before.nodes), shown, 'an old snapshot stays as it was')
      assert.equal(JSON.stringify([...computeAggregate(query, before.nodes)]), counted)
      compareWithFresh(state, query)
    }
  })
  fc.assert(property)
})

function step(
  state: SchedulerCache,
  what: StepDraw['what'],
  { info, node }: { info: ReturnType<typeof podInfoOf>; node: string },
): void {
  const take = {
    set: () => state.setPod(info, node),
    label: () => state.setPod(info, node),
    assume: () => state.assume(info, node),
    forget: () => state.forget(info.uid),
    remove: () => state.removePod(info.uid),
    node: () => state.setNode(nodeNamed(node)),
    'no-node': () => state.removeNode(node),
  }
  take[what]()
}

function compareWithFresh(state: SchedulerCache, query: ReturnType<typeof countQuery>): void {
  const snapshot = state.snapshot(view)
  const kept = snapshot.aggregate(query).get('') ?? []
  for (const { slot, load } of snapshot.nodes) {
    const count = load.pods.filter(({ labels }) => labels.app === 'x').length
    assert.equal(kept[slot] ?? 0, count)
    const milliCpu = load.pods.reduce((sum, { request }) => sum + request.milliCpu, 0)
    assert.equal(load.requested.milliCpu, milliCpu)
  }
}
