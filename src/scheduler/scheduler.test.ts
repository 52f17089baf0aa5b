import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodes, persistentVolumeClaims, persistentVolumes, pods } from '#api'
import { createVirtualClock, seededRandom } from '#lib'
import { conflict } from '#machinery/status'
import { nodeNamed, type PodDraft, podWithName } from './fixture/objects.ts'
import { startScheduler } from './fixture/running-scheduler.ts'

async function world(nodeNames: readonly string[] = ['a'], seed = 1) {
  const clock = createVirtualClock({ random: seededRandom(seed) })
  const running = startScheduler(clock, { seed })
  for (const name of nodeNames) running.api.put(nodes, nodeNamed(name))
  await clock.settle()
  const create = async (name: string, draft: PodDraft = {}) => {
    running.api.put(pods, podWithName(name, draft))
    await clock.settle()
  }
  const nodeOf = (name: string) => running.api.get(pods, `default/${name}`)?.spec?.nodeName
  const conditionOf = (name: string) => {
    const { status } = running.api.get(pods, `default/${name}`) ?? {}
    return status?.conditions?.find(({ type }) => type === 'PodScheduled')
  }
  return { clock, ...running, create, nodeOf, conditionOf }
}

const short =
  '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'

test('a pod is bound, and told so', async () => {
  const { api, create, events, stop } = await world()
  await create('p')
  assert.deepEqual(api.writes, ['binding default/p a'])
  assert.deepEqual(events, ['Normal Scheduled p: Successfully assigned default/p to a'])
  assert.deepEqual(api.causes, [
    {
      actor: 'scheduler',
      trigger: { kind: 'change', resource: 'pods', key: 'default/p', resourceVersion: '2' },
    },
  ])
  await stop()
})

test('a pod that fits nowhere is told why, by event and condition', async () => {
  const { create, events, conditionOf, stop } = await world()
  await create('p', { cpu: '8' })
  assert.deepEqual(events, [`Warning FailedScheduling p: ${short}`])
  assert.deepEqual(conditionOf('p'), {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: short,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })
  await stop()
})

test('it is placed as soon as a node comes that fits, because of that node', async () => {
  const { api, clock, create, nodeOf, stop } = await world()
  await create('p', { cpu: '8' })
  api.put(nodes, nodeNamed('large', { cpu: '16' }))
  await clock.settle()
  assert.equal(nodeOf('p'), 'large')
  assert.deepEqual(api.causes.at(-1)?.trigger, {
    kind: 'change',
    resource: 'nodes',
    key: 'large',
    resourceVersion: '4',
  })
  await stop()
})

test('the same verdict twice is written once', async () => {
  const { api, clock, create, events, stop } = await world()
  await create('p', { cpu: '8' })
  await clock.advance(340_000)
  assert.equal(events.length, 2)
  assert.equal(api.writes.length, 1)
  await stop()
})

test('without nodes it is tried again by the clock', async () => {
  const { api, clock, create, events, nodeOf, conditionOf, stop } = await world([])
  await create('p')
  assert.deepEqual(events, ['Warning FailedScheduling p: no nodes available to schedule pods'])
  assert.equal(conditionOf('p')?.reason, 'Unschedulable')
  api.put(nodes, nodeNamed('late'))
  await clock.settle()
  assert.equal(nodeOf('p'), undefined)
  await clock.advance(2000)
  assert.equal(nodeOf('p'), 'late')
  await stop()
})

test('pods of other schedulers, bound ones and gated ones are left alone', async () => {
  const { api, create, events, stop } = await world()
  await create('other', { spec: { schedulerName: 'mine' } })
  await create('bound', { node: 'a' })
  await create('gated', { spec: { schedulingGates: [{ name: 'x' }] } })
  assert.deepEqual(api.writes, [])
  assert.deepEqual(events, [])
  await create('gated')
  assert.deepEqual(api.writes, ['binding default/gated a'])
  await stop()
})

test('a pod that is leaving is not placed any more', async () => {
  const { api, create, events, stop } = await world()
  await create('p', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })
  assert.deepEqual(api.writes, [])
  assert.deepEqual(events, ['Warning FailedScheduling p: skip schedule deleting pod: default/p'])
  await stop()
})

test('a binding that fails gives the room back, and the pod tries again after its back-off', async () => {
  const { api, clock, create, events, nodeOf, conditionOf, stop } = await world()
  api.failBinding(conflict({ group: '', plural: 'pods' }, 'p', 'it moved'))
  await create('p', { cpu: '4' })
  const message = `running Bind plugin "DefaultBinder": Operation cannot be fulfilled on pods "p": it moved`
  assert.deepEqual(events, [`Warning FailedScheduling p: ${message}`])
  assert.equal(conditionOf('p')?.reason, 'SchedulerError')
  assert.equal(nodeOf('p'), undefined)
  await create('q', { cpu: '4', priority: 5 })
  assert.equal(nodeOf('q'), 'a', 'the room was free again')
  api.remove(pods, { namespace: 'default', name: 'q' })
  await clock.advance(3000)
  assert.equal(nodeOf('p'), 'a')
  await stop()
})

test('pods that are being bound count: a burst does not overcommit a node', async () => {
  const { api, clock, nodeOf, stop } = await world(['a', 'b'])
  for (let i = 0; i < 10; i++) api.put(pods, podWithName(`p${i}`, { cpu: '1' }))
  await clock.settle()
  const placed = Array.from({ length: 10 }, (_, i) => nodeOf(`p${i}`))
  const count = (node: string | undefined) => placed.filter((other) => other === node).length
  assert.deepEqual([count('a'), count('b'), count(undefined)], [4, 4, 2])
  await stop()
})

test('a pod that ended gives its room to the next', async () => {
  const { api, clock, create, nodeOf, stop } = await world()
  await create('done', { cpu: '4', node: 'a' })
  await create('next', { cpu: '4' })
  assert.equal(nodeOf('next'), undefined)
  api.put(pods, podWithName('done', { cpu: '4', node: 'a', status: { phase: 'Succeeded' } }))
  await clock.settle()
  assert.equal(nodeOf('next'), 'a')
  await stop()
})

test('an important pod evicts a lesser one and takes its place', async () => {
  const { api, clock, create, events, nodeOf, stop } = await world()
  await create('lesser', { cpu: '3', priority: 1 })
  await create('greater', { cpu: '3', priority: 10 })
  await clock.advance(3000)
  assert.equal(nodeOf('greater'), 'a')
  assert.deepEqual(
    api.writes.map((line) => line.replace(/"lastTransitionTime":"[^"]*"/, 'AT')),
    [
      'binding default/lesser a',
      'status default/lesser {"conditions":[{"type":"DisruptionTarget","status":"True","reason":"PreemptionByScheduler","message":"default-scheduler: preempting to accommodate a higher priority pod",AT}]}',
      'status default/greater {"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available: 1 Insufficient cpu.",AT}],"nominatedNodeName":"a"}',
      'delete default/lesser',
      'binding default/greater a',
    ],
  )
  assert.deepEqual(events, [
    'Normal Scheduled lesser: Successfully assigned default/lesser to a',
    'Warning FailedScheduling greater: 0/1 nodes are available: 1 Insufficient cpu.',
    'Normal Preempted lesser: Preempted by pod uid-of-default/greater on node a',
    'Normal Scheduled greater: Successfully assigned default/greater to a',
  ])
  await stop()
})

test('a preemptor that its victim’s end woke too early is tried when the eviction is done', async () => {
  const { api, clock, create, nodeOf, stop } = await world()
  await create('lesser', { cpu: '3', priority: 1 })
  const release = api.hold()
  await create('greater', { cpu: '3', priority: 10 })
  await clock.advance(3000)
  assert.equal(nodeOf('lesser'), undefined)
  assert.equal(nodeOf('greater'), undefined)
  release()
  await clock.advance(3000)
  assert.equal(nodeOf('greater'), 'a')
  await stop()
})

test('a pod that changes while it is being bound is bound once', async () => {
  const { api, clock, create, events, stop } = await world(['a', 'b'])
  const release = api.hold()
  await create('p')
  await create('p', { labels: { new: 'yes' } })
  release()
  await clock.settle()
  assert.equal(api.writes.length, 1)
  assert.equal(events.length, 1)
  await stop()
})

test('a pod that is deleted while it is being bound leaves no trace', async () => {
  const { api, clock, create, nodeOf, stop } = await world()
  const release = api.hold()
  await create('p', { cpu: '4' })
  api.remove(pods, { namespace: 'default', name: 'p' })
  await create('q', { cpu: '4' })
  release()
  await clock.advance(3000)
  assert.equal(nodeOf('q'), 'a')
  await stop()
})

test('the place of the evicted is kept for the evictor', async () => {
  const { api, clock, create, nodeOf, stop } = await world()
  const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' }
  await create('leaving', { cpu: '3', priority: 1, node: 'a', metadata: leaving })
  await create('greater', { cpu: '3', priority: 10, status: { nominatedNodeName: 'a' } })
  api.remove(pods, { namespace: 'default', name: 'leaving' })
  api.put(pods, podWithName('opportunist', { cpu: '2' }))
  await clock.advance(3000)
  assert.equal(nodeOf('greater'), 'a')
  assert.equal(nodeOf('opportunist'), undefined)
  await stop()
})

test('the same seed gives the same places, another seed others', async () => {
  const placements = async (seed: number) => {
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`)
    const { api, clock, nodeOf, stop } = await world(names, seed)
    for (let i = 0; i < 40; i++) api.put(pods, podWithName(`p${i}`, { cpu: '100m' }))
    await clock.settle()
    const placed = Array.from({ length: 40 }, (_, i) => nodeOf(`p${i}`))
    await stop()
    return placed.join(' ')
  }
  const [first, again, other] = [await placements(7), await placements(7), await placements(8)]
  assert.equal(first, again)
  assert.notEqual(first, other)
})

test('when stopped nothing is left behind', async () => {
  const { clock, create, stop } = await world([])
  await create('p')
  await stop()
  assert.equal(clock.pendingTimers, 0)
})

test('a pod waits for its claim to be made and bound, and is placed then', async () => {
  const { api, clock, create, nodeOf, conditionOf, stop } = await world()
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }]
  await create('p', { spec: { volumes } })
  const preemption =
    'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
  const why = (text: string) =>
    `0/1 nodes are available: ${text}. no new claims to deallocate, ${preemption}`
  assert.equal(conditionOf('p')?.reason, 'Unschedulable')
  assert.equal(conditionOf('p')?.message, why('persistentvolumeclaim "data" not found'))
  const metadata = { name: 'data', namespace: 'default' }
  api.put(persistentVolumeClaims, { metadata, spec: {} })
  await clock.advance(20_000)
  const unbound = why('pod has unbound immediate PersistentVolumeClaims')
  assert.equal(conditionOf('p')?.message, unbound)
  api.put(persistentVolumes, { metadata: { name: 'pv' }, spec: {} })
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' }
  const spec = { volumeName: 'pv' }
  api.put(persistentVolumeClaims, { metadata: { ...metadata, annotations }, spec })
  await clock.advance(20_000)
  assert.equal(nodeOf('p'), 'a')
  await stop()
})
