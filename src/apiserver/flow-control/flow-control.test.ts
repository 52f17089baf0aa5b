import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mandatoryFlowControl, suggestedFlowControl } from '#api'
import { createMetricRegistry, createVirtualClock } from '#lib'
import type { KubeObject, ResourceRef, Stored, UserInfo } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'
import { requestInfoOf } from '../request/request-info.ts'
import { createFlowControl } from './flow-control.ts'

const noisy = person('noisy')
const node: UserInfo = { name: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] }
const manager: UserInfo = {
  name: 'system:kube-controller-manager',
  groups: ['system:authenticated'],
}
const admin: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }

const pods = 'GET /api/v1/namespaces/default/pods/a'
const lease = 'PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a'
const election = 'PUT /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler'

function person(name: string): UserInfo {
  return { name, groups: ['system:authenticated'] }
}

const never = new AbortController().signal

/** A world of the suggested objects, with their names as UIDs, in which each request takes a second. */
function world(seats: number, count = 0) {
  const clock = createVirtualClock()
  const all = [suggestedFlowControl, mandatoryFlowControl]
  const objects = new Map<string, readonly KubeObject[]>([
    ['FlowSchema', all.flatMap(({ schemas }) => schemas)],
    ['PriorityLevelConfiguration', all.flatMap(({ levels }) => levels)],
  ])
  let changes = 1
  const stored = ({ kind }: ResourceRef) =>
    (objects.get(kind) ?? []).map((each) => ({
      ...each,
      metadata: { ...each.metadata, uid: `${each.metadata?.name}-uid` },
    }))
  const reader: ObjectReader = {
    get: () => undefined,
    // Cast: what the test puts there is of the kind.
    list: <T extends KubeObject>(resource: ResourceRef<T>) =>
      stored(resource) as unknown as readonly Stored<T>[],
    byField: () => [],
  }
  const metrics = createMetricRegistry()
  const flow = createFlowControl({
    metrics,
    clock,
    objects: reader,
    changes: () => changes,
    count: () => count,
    seats,
  })
  const enter = (line: string, user: UserInfo, signal = never) => {
    const [method = '', target = ''] = line.split(' ')
    const [path = '', query] = target.split('?')
    const request = { method: method as 'GET', path, query: new URLSearchParams(query) }
    const info = requestInfoOf({ ...request, headers: {} })
    return flow.enter({ request, info, user }, signal)
  }
  /** How it went, with how long it waited. */
  const send = async (line: string, user: UserInfo): Promise<string> => {
    const startMs = clock.monotonicMs()
    const entered = await enter(line, user)
    const waitedMs = clock.monotonicMs() - startMs
    if (entered.kind === 'turned-away') return `429 after ${waitedMs}`
    await clock.sleep(1000)
    entered[Symbol.dispose]()
    return `ok after ${waitedMs}`
  }
  return {
    clock,
    metrics,
    put(kind: string, change: (held: readonly KubeObject[]) => readonly KubeObject[]) {
      objects.set(kind, change(objects.get(kind) ?? []))
      changes++
    },
    enter,
    send,
  }
}

test('requests are sorted by the first schema that matches, which answers tell', async () => {
  const { enter } = world(100)
  const cases: readonly (readonly [string, UserInfo, string])[] = [
    [pods, admin, 'exempt'],
    ['GET /healthz', person('a'), 'probes'],
    [election, manager, 'system-leader-election'],
    [pods, manager, 'kube-controller-manager'],
    [lease, node, 'system-node-high'],
    [pods, node, 'system-nodes'],
    ['GET /api/v1/nodes/a', node, 'system-node-high'],
    [pods, person('a'), 'global-default'],
    [
      pods,
      { name: 'system:serviceaccount:a:b', groups: ['system:serviceaccounts'] },
      'service-accounts',
    ],
    [
      pods,
      { name: 'system:serviceaccount:kube-system:b', groups: [] },
      'kube-system-service-accounts',
    ],
    [pods, { name: 'nobody', groups: [] }, 'catch-all'],
  ]
  for (const [line, user, schema] of cases) {
    const { headers } = await enter(line, user)
    assert.equal(headers['x-kubernetes-pf-flowschema-uid'], `${schema}-uid`, line)
    assert.ok(headers['x-kubernetes-pf-prioritylevel-uid'])
  }
})

test('a noisy client starves nobody: leases, nodes, controllers, other people', async () => {
  const { clock, send } = world(60)
  const crowd = Array.from({ length: 2000 }, () => send(pods, noisy))
  const others: Promise<string>[] = []
  for (let second = 0; second < 30; second++) {
    for (const [line, user] of [
      [lease, node],
      [pods, node],
      [election, manager],
      [pods, manager],
    ] as const) {
      others.push(send(line, user))
    }
    if (second % 5 === 0) others.push(send(pods, person('quiet')))
    await clock.advance(1000)
  }
  await clock.advance(60_000)
  const waits = (await Promise.all(others)).map((each) => Number(each.replace('ok after ', '')))
  // What is reserved is there at once; other people of the same level wait for their turn.
  assert.equal(waits.filter((ms) => ms === 0).length >= 4 * 30, true)
  assert.ok(Math.max(...waits) <= 1000, `${waits}`)
  const noise = await Promise.all(crowd)
  assert.ok(noise.some((each) => each === 'ok after 0'))
  assert.ok(
    noise.some((each) => each === '429 after 0'),
    'beyond what its queues hold',
  )
  assert.equal(
    noise.every((each) => Number(each.split(' ').at(-1)) <= 15_000),
    true,
    'nobody waits longer',
  )
})

test('without borrowing it would still have its own share, and administrators are never held up', async () => {
  const { clock, enter, send } = world(60)
  const waiting = Array.from({ length: 500 }, () => send(pods, noisy))
  assert.equal((await enter(pods, admin)).kind, 'seat')
  await clock.advance(60_000)
  await Promise.all(waiting)
})

test('who waits too long, or leaves, is turned away and keeps no place', async () => {
  const { clock, enter, metrics } = world(1)
  const held: Disposable[] = []
  for (;;) {
    const entering = enter(pods, noisy)
    if (entering instanceof Promise) {
      const stop = new AbortController()
      const left = enter(pods, noisy, stop.signal)
      stop.abort()
      assert.equal((await left).kind, 'turned-away')
      await clock.advance(15_000)
      const late = await entering
      assert.deepEqual(late.kind === 'turned-away' && late.retryAfterSeconds, 1)
      break
    }
    if (entering.kind === 'seat') held.push(entering)
  }
  const text = metrics.text()
  assert.match(
    text,
    /rejected_requests_total\{flow_schema="global-default",priority_level="global-default",reason="time-out"\} 1/,
  )
  assert.match(text, /rejected_requests_total\{.*reason="cancelled"\} 1/)
  assert.match(text, /current_inqueue_requests\{priority_level="global-default"\} 0/)
  assert.match(
    text,
    new RegExp(`current_executing_requests\\{priority_level="global-default"\\} ${held.length}`),
  )
})

test('a level without queues refuses at once', async () => {
  const { enter, metrics } = world(1)
  const stranger = { name: 'nobody', groups: [] }
  const first = [enter(pods, stranger), enter(pods, stranger), enter(pods, stranger)]
  const kinds = (await Promise.all(first)).map(({ kind }) => kind)
  assert.ok(kinds.includes('turned-away'))
  assert.match(metrics.text(), /reason="concurrency-limit"/)
})

test('a list of many objects takes more seats than one of few', async () => {
  const seatsTaken = async (line: string) => {
    const { enter, metrics } = world(600, 550)
    await enter(line, noisy)
    const text = metrics.text()
    return Number(
      /current_executing_seats\{priority_level="global-default"\} (\d+)/.exec(text)?.[1],
    )
  }
  const all = '/api/v1/pods'
  assert.equal(await seatsTaken(`GET ${all}`), 6)
  assert.equal(await seatsTaken(`GET ${all}?limit=100`), 1)
  assert.equal(await seatsTaken(`GET ${all}?limit=100&resourceVersion=0`), 6)
  assert.equal(await seatsTaken(`GET ${all}?watch=1`), 6)
  assert.equal(await seatsTaken(`GET ${all}?watch=1&resourceVersion=7`), 1)
  assert.equal(await seatsTaken(`POST /api/v1/namespaces/default/pods`), 1)
})

test('a change of the objects holds at once; who waits at a level that goes is still served', async () => {
  const { clock, enter, put } = world(60)
  put('FlowSchema', (held) => [
    ...held,
    {
      metadata: { name: 'slow' },
      spec: {
        priorityLevelConfiguration: { name: 'slow' },
        matchingPrecedence: 10,
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'noisy' } }],
            resourceRules: [
              { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] },
            ],
          },
        ],
      },
    } as KubeObject,
  ])
  const uid = async () => (await enter(pods, noisy)).headers['x-kubernetes-pf-flowschema-uid']
  assert.equal(await uid(), 'global-default-uid', 'its level is not there')
  const queuing = { queues: 1, handSize: 1, queueLengthLimit: 9 }
  const limited = {
    nominalConcurrencyShares: 1,
    lendablePercent: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Queue', queuing },
  }
  put('PriorityLevelConfiguration', (held) => [
    ...held,
    { metadata: { name: 'slow' }, spec: { type: 'Limited', limited } } as KubeObject,
  ])
  const first = await enter(pods, noisy)
  assert.equal(first.headers['x-kubernetes-pf-flowschema-uid'], 'slow-uid')
  const second = enter(pods, noisy)
  assert.ok(second instanceof Promise)
  put('PriorityLevelConfiguration', (held) =>
    held.filter(({ metadata }) => metadata?.name !== 'slow'),
  )
  assert.equal(await uid(), 'global-default-uid')
  assert.ok(first.kind === 'seat')
  first[Symbol.dispose]()
  await clock.settle()
  assert.equal((await second).kind, 'seat')
})
