import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { nodeNamed, type PodDraft, podWithName } from '../fixture/objects.ts'
import { viewOf } from '../fixture/snapshots.ts'
import { unresolvable } from '../framework/plugin.ts'
import { podInfoOf } from '../model/pod-info.ts'
import { defaultPlugins } from '../plugins/index.ts'
import { schedulingGates } from '../plugins/scheduling-gates.ts'
import { type AttemptFailure, createSchedulingQueue } from './scheduling-queue.ts'

const request = { kind: 'request' } as const
const info = (name: string, draft: PodDraft = {}) => podInfoOf(podWithName(name, draft))
const rejectedBy = (...plugins: string[]): AttemptFailure => ({
  kind: 'unschedulable',
  rejectors: new Set(plugins),
})

function world() {
  const clock = createVirtualClock()
  const closed = new Set<string>()
  const queue = createSchedulingQueue({
    clock,
    plugins: defaultPlugins,
    cluster: viewOf({}),
    gate: (pod) =>
      schedulingGates.preEnqueue?.(pod, viewOf({})) ??
      (closed.has(pod.uid) ? unresolvable('DefaultPreemption', 'waiting') : undefined),
  })
  const drain = () => {
    const names: string[] = []
    for (let next = queue.pop(); next; next = queue.pop()) names.push(next.info.pod.metadata.name)
    return names
  }
  /** Adds a pod and fails it at once. */
  const failed = (name: string, failure: AttemptFailure, draft: PodDraft = {}) => {
    queue.add(info(name, draft), request)
    const pod = queue.pop()
    assert.ok(pod)
    queue.requeueAfterFailure(pod, failure)
    return pod
  }
  return { clock, queue, drain, failed, closed }
}

const newNode = { kind: 'node', after: nodeNamed('n') } as const

test('pods leave by priority, then by age, then in the order they came', async () => {
  const { clock, queue, drain } = world()
  queue.add(info('first'), request)
  queue.add(info('second'), request)
  await clock.advance(10)
  queue.add(info('third'), request)
  queue.add(info('urgent', { priority: 100 }), request)
  assert.deepEqual(drain(), ['urgent', 'first', 'second', 'third'])
})

test('a pod that is deleted is not handed out', () => {
  const { queue, drain } = world()
  queue.add(info('gone'), request)
  queue.add(info('stays'), request)
  queue.delete('uid-of-default/gone')
  assert.deepEqual(drain(), ['stays'])
})

test('an unschedulable pod waits until something happens that helps its rejectors', () => {
  const { queue, drain, failed } = world()
  failed('big', rejectedBy('NodeResourcesFit'), { cpu: '8' })
  failed('fits', rejectedBy('NodeResourcesFit'), { cpu: '1' })
  failed('picky', rejectedBy('NodeAffinity'), { spec: { nodeSelector: { disk: 'ssd' } } })
  assert.deepEqual(drain(), [])
  queue.onClusterEvent(newNode, request)
  assert.deepEqual(drain(), ['fits'])
  const after = nodeNamed('n', { labels: { disk: 'ssd' } })
  queue.onClusterEvent({ kind: 'node', before: nodeNamed('n'), after }, request)
  assert.deepEqual(drain(), ['picky'])
})

const hints: readonly {
  readonly name: string
  readonly plugin: string
  readonly pod: PodDraft
  readonly event: Parameters<ReturnType<typeof world>['queue']['onClusterEvent']>[0]
  readonly helps: boolean
}[] = [
  {
    name: 'a pod that leaves frees resources',
    plugin: 'NodeResourcesFit',
    pod: { cpu: '1' },
    event: { kind: 'pod', before: info('q', { node: 'n' }) },
    helps: true,
  },
  {
    name: 'a pod that comes does not',
    plugin: 'NodeResourcesFit',
    pod: { cpu: '1' },
    event: { kind: 'pod', after: info('q', { node: 'n' }) },
    helps: false,
  },
  {
    name: 'a node that lost its taint',
    plugin: 'TaintToleration',
    pod: {},
    event: {
      kind: 'node',
      before: nodeNamed('n', { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } }),
      after: nodeNamed('n'),
    },
    helps: true,
  },
  {
    name: 'a node that never had one',
    plugin: 'TaintToleration',
    pod: {},
    event: { kind: 'node', before: nodeNamed('n'), after: nodeNamed('n', { cpu: '9' }) },
    helps: false,
  },
  {
    name: 'a node that was uncordoned',
    plugin: 'NodeUnschedulable',
    pod: {},
    event: {
      kind: 'node',
      before: nodeNamed('n', { spec: { unschedulable: true } }),
      after: nodeNamed('n'),
    },
    helps: true,
  },
  {
    name: 'a pod that gives a port back',
    plugin: 'NodePorts',
    pod: { spec: { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 80 }] }] } },
    event: {
      kind: 'pod',
      before: info('q', {
        ...{ node: 'n' },
        spec: { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 80 }] }] },
      }),
    },
    helps: true,
  },
  {
    name: 'a pod that had no ports',
    plugin: 'NodePorts',
    pod: { spec: { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 80 }] }] } },
    event: { kind: 'pod', before: info('q', { node: 'n' }) },
    helps: false,
  },
]

for (const { name, plugin, pod, event, helps } of hints) {
  test(`the hint of ${plugin}: ${name}${helps ? '' : ' does not help'}`, () => {
    const { queue, drain, failed } = world()
    failed('p', rejectedBy(plugin), pod)
    queue.onClusterEvent(event, request)
    assert.deepEqual(drain(), helps ? ['p'] : [])
  })
}

test('the wanted neighbour’s arrival and the shunned one’s departure help affinity', () => {
  const term = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'zone' }
  const affine = (kind: string) => ({
    spec: { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
  })
  const neighbour = info('q', { node: 'n', labels: { app: 'web' } })
  const { queue, drain, failed } = world()
  failed('seeks', rejectedBy('InterPodAffinity'), affine('podAffinity'))
  failed('shuns', rejectedBy('InterPodAffinity'), affine('podAntiAffinity'))
  queue.onClusterEvent({ kind: 'pod', after: info('r', { node: 'n' }) }, request)
  assert.deepEqual(drain(), [])
  queue.onClusterEvent({ kind: 'pod', after: neighbour }, request)
  assert.deepEqual(drain(), ['seeks'])
  queue.onClusterEvent({ kind: 'pod', before: neighbour }, request)
  assert.deepEqual(drain(), ['shuns'])
})

test('after an error a pod backs off: 1 s, doubling to 10 s, to the end of the window', async () => {
  const { clock, queue } = world()
  queue.add(info('p'), request)
  const waits: number[] = []
  for (let attempt = 0; attempt < 6; attempt++) {
    const pod = queue.pop()
    assert.ok(pod)
    const fromMs = clock.monotonicMs()
    queue.requeueAfterFailure(pod, { kind: 'error' })
    let isReady = false
    void queue.whenReady(new AbortController().signal).then(() => {
      isReady = true
    })
    await clock.until(() => isReady, 60_000)
    waits.push(clock.monotonicMs() - fromMs)
  }
  assert.deepEqual(waits, [2000, 3000, 5000, 9000, 11_000, 11_000])
})

test('one that backs off after it was unschedulable is taken early when nobody else is ready', () => {
  const { queue, drain, failed } = world()
  failed('waits', rejectedBy('NodeResourcesFit'))
  queue.onClusterEvent(newNode, request)
  queue.add(info('fresh'), request)
  assert.deepEqual(drain(), ['fresh', 'waits'])
})

test('one that met an error is not taken early', () => {
  const { queue, drain, failed } = world()
  failed('erred', { kind: 'error' })
  assert.deepEqual(drain(), [])
  queue.onClusterEvent(newNode, request)
  assert.deepEqual(drain(), [])
})

test('who is unschedulable for more than five minutes is tried again', async () => {
  const { clock, queue, failed, drain } = world()
  await clock.advance(10_000)
  failed('stuck', rejectedBy('NodeName'))
  await clock.advance(300_000)
  assert.deepEqual(drain(), [])
  await clock.advance(20_000)
  assert.deepEqual(drain(), ['stuck'])
  queue.close()
})

test('a gated pod enters when its last gate is removed', () => {
  const { queue, drain } = world()
  const gates = (...names: string[]) =>
    info('p', { spec: { schedulingGates: names.map((name) => ({ name })) } })
  queue.add(gates('a', 'b'), request)
  queue.onClusterEvent(newNode, request)
  queue.update(gates('a', 'b'), gates('b'), request)
  assert.deepEqual(drain(), [])
  queue.update(gates('b'), gates(), request)
  assert.deepEqual(drain(), ['p'])
})

test('a new toleration brings a pod back, a change of annotations does not', () => {
  const { queue, drain, failed } = world()
  failed('p', rejectedBy('TaintToleration'))
  const annotated = info('p', { metadata: { annotations: { a: 'b' } } })
  queue.update(info('p'), annotated, request)
  assert.deepEqual(drain(), [])
  const tolerant = info('p', { spec: { tolerations: [{ operator: 'Exists' }] } })
  queue.update(annotated, tolerant, request)
  assert.deepEqual(drain(), ['p'])
})

test('while victims are being evicted events do not wake the pod; the end of it does', () => {
  const { queue, drain, failed, closed } = world()
  const pod = failed('p', rejectedBy('NodeResourcesFit'))
  closed.add(pod.info.uid)
  queue.onClusterEvent({ kind: 'pod', before: info('q', { node: 'n' }) }, request)
  assert.deepEqual(drain(), [])
  closed.clear()
  queue.ungate(pod.info.uid, 'DefaultPreemption', request)
  assert.deepEqual(drain(), ['p'])
})

test('an evicting pod that nothing tried to wake keeps waiting for its victims to leave', () => {
  const { queue, drain, failed } = world()
  const pod = failed('p', rejectedBy('NodeResourcesFit'))
  queue.ungate(pod.info.uid, 'DefaultPreemption', request)
  assert.deepEqual(drain(), [])
})

test('a pod keeps the trigger that brought it back', () => {
  const { queue, failed } = world()
  failed('p', rejectedBy('NodeResourcesFit'))
  const trigger = { kind: 'change', resource: 'nodes', key: 'n', resourceVersion: '7' } as const
  queue.onClusterEvent(newNode, trigger)
  assert.deepEqual(queue.pop()?.trigger, trigger)
})

test('closing leaves no timer behind', async () => {
  const { clock, queue, failed } = world()
  failed('p', rejectedBy('NodeName'))
  failed('q', { kind: 'error' })
  assert.ok(clock.pendingTimers > 0)
  queue.close()
  assert.equal(clock.pendingTimers, 0)
})
