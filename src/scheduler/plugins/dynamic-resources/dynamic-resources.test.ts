import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Pod, type ResourceV1, resourceClaims } from '#api'
import { createVirtualClock, seededRandom } from '#lib'
import type { Stored } from '#machinery'
import { conflict } from '#machinery/status'
import { claimOf, classOf, sliceOf } from '../../devices/devices-fixture.ts'
import { nodeNamed as node } from '../../fixture/objects.ts'
import { type Cluster, judgements, planFor, snapshotOf, viewOf } from '../../fixture/snapshots.ts'
import type { BindContext } from '../../framework/plugin.ts'
import { podInfoOf } from '../../model/pod-info.ts'
import { dynamicResources } from './index.ts'

type Claim = Stored<ResourceV1.ResourceClaim>

function podWith(source: object, status: Pod['status'] = {}): Stored<Pod> {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: 'web', namespace: 'default', uid: 'uid-of-web' },
      ...{ resourceVersion: '1', creationTimestamp: '2026-01-02T03:04:05Z' },
    },
    spec: { containers: [], resourceClaims: [{ name: 'own', ...source }] },
    status,
  }
}

const pod = podWith({ resourceClaimName: 'x' })
const claim = claimOf('x', [{ name: 'r' }])
const onNode = (name: string) => ({
  nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }],
})
const result = { request: 'r', driver: 'gpu.example.com', pool: 'n1', device: 'a' }
const allocation = { devices: { results: [result] }, nodeSelector: onNode('n1') }
const usual: Cluster = {
  nodes: [node('n1'), node('n2')],
  deviceClaims: [claim],
  deviceClasses: [classOf('gpu')],
  slices: [sliceOf('s', [{ name: 'a' }])],
}
const withStatus = (status: ResourceV1.ResourceClaimStatus): Claim => ({ ...claim, status })
const all = (reason: string) => ({ n1: reason, n2: reason })
const nowhere = '! cannot allocate all claims'

const verdicts: Readonly<Record<string, [Record<string, string>, Partial<Cluster>, Stored<Pod>?]>> =
  {
    'the devices of a node are on no other': [{ n1: 'fits', n2: nowhere }, {}],
    'an allocated claim keeps the pod where it is': [
      { n1: 'fits', n2: '! resourceclaim not available on the node' },
      { deviceClaims: [withStatus({ allocation })] },
    ],
    'a claim that is not there': [
      all('could not find ResourceClaim "default/x"'),
      { deviceClaims: [] },
    ],
    'a claim that is to go': [
      all('resourceclaim "x" is being deleted'),
      { deviceClaims: [{ ...claim, metadata: { ...claim.metadata, deletionTimestamp: 'now' } }] },
    ],
    'a claim that has not been made': [
      all('pod "default/web": ResourceClaim not created yet'),
      {},
      podWith({ resourceClaimTemplateName: 't' }),
    ],
    'a claim that was made for another': [
      all('ResourceClaim default/x was not created for Pod default/web (Pod is not owner)'),
      {},
      podWith(
        { resourceClaimTemplateName: 't' },
        { resourceClaimStatuses: [{ name: 'own', resourceClaimName: 'x' }] },
      ),
    ],
    'a class that is not there': [
      all('request r: device class gpu does not exist'),
      { deviceClasses: [] },
    ],
    'a class of an alternative that is not there': [
      all('request r/b: device class none does not exist'),
      {
        deviceClaims: [
          claimOf('x', [
            {
              name: 'r',
              firstAvailable: [
                { name: 'a', deviceClassName: 'gpu' },
                { name: 'b', deviceClassName: 'none' },
              ],
            },
          ]),
        ],
      },
    ],
  }

for (const [name, [expected, cluster, asked = pod]] of Object.entries(verdicts)) {
  test(`a pod with a claim: ${name}`, () => {
    assert.deepEqual(judgements(dynamicResources, asked, { ...usual, ...cluster }), expected)
  })
}

test('a pod without claims is of no interest, and one whose claims are not there is not queued', () => {
  const view = viewOf(usual)
  const held = (each: Stored<Pod>) => dynamicResources.preEnqueue?.(podInfoOf(each), view)?.reasons
  const { spec: _, ...rest } = pod
  assert.equal(held({ ...rest, spec: { containers: [] } }), undefined)
  assert.equal(held(pod), undefined)
  assert.deepEqual(held(podWith({ resourceClaimName: 'y' })), [
    'could not find ResourceClaim "default/y"',
  ])
})

test('a node that gives the first alternative is better', () => {
  const wanted = claimOf('x', [
    {
      name: 'r',
      firstAvailable: [
        { name: 'fast', deviceClassName: 'fast', allocationMode: 'ExactCount', count: 1 },
        { name: 'any', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 },
      ],
    },
  ])
  const fast = classOf('fast', {
    selectors: [{ cel: { expression: 'device.attributes["gpu.example.com"].fast' } }],
  })
  const slices = ['n1', 'n2'].map((name) =>
    sliceOf(`s-${name}`, [{ name: 'a', attributes: { fast: { bool: name === 'n2' } } }], {
      nodeName: name,
      pool: { name, generation: 1, resourceSliceCount: 1 },
    }),
  )
  const cluster = {
    ...usual,
    deviceClaims: [wanted],
    deviceClasses: [classOf('gpu'), fast],
    slices,
  }
  for (const seed of [1, 2, 3, 4, 5]) {
    const plan = planFor(pod, snapshotOf(cluster), { seed })
    assert.equal(plan.kind === 'place' && plan.node, 'n2')
  }
})

test('what may bring a pod back: its claim, one that is given back, devices, classes, nodes', () => {
  const view = viewOf(usual)
  const info = podInfoOf(pod)
  const hint = (event: object) => dynamicResources.queueingHint?.(event as never, info, view)
  const other = { ...claimOf('y', []), status: { allocation } }
  assert.equal(hint({ kind: 'deviceClaim', after: claim }), true)
  assert.equal(hint({ kind: 'deviceClaim', before: claim, after: claim }), false)
  assert.equal(
    hint({ kind: 'deviceClaim', before: claim, after: withStatus({ allocation }) }),
    true,
  )
  assert.equal(hint({ kind: 'deviceClaim', after: other }), false)
  assert.equal(hint({ kind: 'deviceClaim', before: other, after: claimOf('y', []) }), true)
  assert.equal(hint({ kind: 'deviceClaim', before: other }), false)
  assert.equal(hint({ kind: 'deviceSlice', after: sliceOf('s', []) }), true)
  assert.equal(hint({ kind: 'deviceSlice', before: sliceOf('s', []) }), false)
  assert.equal(hint({ kind: 'deviceClass', after: classOf('gpu') }), true)
  assert.equal(hint({ kind: 'node', after: node('n3') }), true)
  assert.equal(hint({ kind: 'node', before: node('n3'), after: node('n3') }), false)
  assert.equal(hint({ kind: 'pod', before: info }), false)
  const named = podInfoOf(
    podWith(
      { resourceClaimName: 'x' },
      { resourceClaimStatuses: [{ name: 'own', resourceClaimName: 'x' }] },
    ),
  )
  assert.equal(hint({ kind: 'self', before: info, after: named }), true)
  assert.equal(hint({ kind: 'self', before: info, after: info }), false)
})

function postFilterOf(claims: readonly Claim[]) {
  const plan = planFor(pod, snapshotOf({ ...usual, nodes: [node('n2')], deviceClaims: claims }))
  assert.ok(plan.kind === 'unfit')
  return { reasons: plan.error.postFilterReasons, writes: plan.writes }
}

test('an allocation that is of no use here is given back, unless others use it', async () => {
  const useless = withStatus({ allocation, reservedFor: [user('uid-of-web')] })
  const { reasons, writes } = postFilterOf([useless])
  assert.equal(reasons[0], 'deallocation of ResourceClaim completed')
  const api = fakeApi([useless])
  await writes[0]?.(api.context)
  assert.deepEqual(api.writes, ['update status x {}'])
  const used = postFilterOf([withStatus({ allocation, reservedFor: [user('u2')] })])
  assert.equal(used.reasons[0], 'still not schedulable')
  assert.deepEqual(used.writes, [])
  assert.equal(postFilterOf([]).reasons[0], 'no new claims to deallocate')
})

const user = (uid: string) => ({ resource: 'pods', name: 'web', uid })

/** Claims in an API that may have been written by others meanwhile. */
function fakeApi(claims: readonly Claim[], conflicts = 0) {
  const stored = new Map(claims.map((each) => [each.metadata.name, each]))
  const writes: string[] = []
  const events: string[] = []
  let [left, revision] = [conflicts, 1]
  const client = {
    get: async (_: unknown, { name }: { readonly name: string }) => stored.get(name),
    async update(_: unknown, object: Claim, { subresource = 'object' } = {}) {
      if (left-- > 0) throw conflict(resourceClaims, object.metadata.name, 'changed')
      const { name, finalizers } = object.metadata
      const shown = subresource === 'status' ? object.status : finalizers
      writes.push(`update ${subresource} ${name} ${JSON.stringify(shown)}`)
      const metadata = { ...object.metadata, resourceVersion: `${++revision}` }
      const next = { ...object, metadata }
      stored.set(name, next)
      return next
    },
    async patch(_: unknown, { name }: { readonly name: string }, { patch }: { patch: unknown }) {
      writes.push(`patch ${name} ${JSON.stringify(patch)}`)
      return { ...stored.get(name), status: { allocation } }
    },
    async create(_: unknown, object: Claim) {
      const name = `${object.metadata.generateName}made`
      writes.push(`create ${name}`)
      const next = { ...object, metadata: { ...object.metadata, name, uid: `uid-of-${name}` } }
      stored.set(name, next)
      return next
    },
    async delete(_: unknown, { name }: { readonly name: string }) {
      writes.push(`delete ${name}`)
    },
  }
  const clock = createVirtualClock({ startWallMs: Date.UTC(2026, 0, 2, 3, 4, 5) })
  const context = {
    ...{ client, clock },
    events: { event: (_: unknown, { reason }: { reason: string }) => void events.push(reason) },
  } as unknown as BindContext
  return { context, writes, events, clock, stored }
}

/** What the scheduler reserves on the node that it chose. */
function reserved(cluster: Partial<Cluster> = {}, asked = pod) {
  const snapshot = snapshotOf({ ...usual, ...cluster })
  const plan = planFor(asked, snapshot)
  assert.ok(plan.kind === 'place')
  const [reserve] = plan.reserves
  const reservation = reserve?.(plan.node, seededRandom(1))
  assert.ok(reservation)
  return { reservation, devices: snapshot.cluster.devices }
}

const timed = { ...allocation, allocationTimestamp: '2026-01-02T03:04:05Z' }

test('what is reserved counts at once, and is written before the pod is bound', async () => {
  const { reservation, devices } = reserved()
  assert.equal(devices.isBeingAllocated('uid-of-x'), true)
  assert.equal(devices.allocated.isTaken('gpu.example.com/n1/a'), true)
  const api = fakeApi([claim])
  await reservation.preBind(api.context)
  assert.deepEqual(api.writes, [
    'update object x ["resource.kubernetes.io/delete-protection"]',
    `update status x ${JSON.stringify({ reservedFor: [user('uid-of-web')], allocation: timed })}`,
  ])
  assert.equal(devices.isBeingAllocated('uid-of-x'), false)
  assert.equal(devices.allocated.isTaken('gpu.example.com/n1/a'), true)
  await reservation.release(api.context)
  assert.match(`${api.writes[2]}`, /^patch x .*"\$patch":"delete","uid":"uid-of-web"/)
})

test('a claim that others write meanwhile is written on top of that, or not at all', async () => {
  const again = reserved()
  const api = fakeApi([claim], 2)
  await again.reservation.preBind(api.context)
  assert.equal(api.writes.length, 2)
  const late = reserved()
  const taken = fakeApi([withStatus({ allocation })], 1)
  await assert.rejects(late.reservation.preBind(taken.context), {
    message: 'claim default/x got allocated elsewhere in the meantime',
  })
  assert.equal(late.devices.isBeingAllocated('uid-of-x'), false)
  assert.equal(late.devices.allocated.isTaken('gpu.example.com/n1/a'), false)
})

test('a reservation that comes to nothing is as if it had not been', async () => {
  const { reservation, devices } = reserved()
  const api = fakeApi([claim])
  await reservation.release(api.context)
  assert.deepEqual(api.writes, [])
  assert.equal(devices.allocated.isTaken('gpu.example.com/n1/a'), false)
})

test('a claim for extended resources is made before the pod is bound, and goes where it is not', async () => {
  const resources = { requests: { 'example.com/gpu': '1' } }
  const { resourceClaims: _, ...spec } = pod.spec ?? { containers: [] }
  const asked = { ...pod, spec: { ...spec, containers: [{ name: 'main', resources }] } }
  const gpu = classOf('gpu')
  const named = { ...gpu, spec: { ...gpu.spec, extendedResourceName: 'example.com/gpu' } }
  const { reservation, devices } = reserved({ deviceClasses: [named], deviceClaims: [] }, asked)
  assert.equal(devices.allocated.isTaken('gpu.example.com/n1/a'), true)
  const api = fakeApi([])
  await reservation.preBind(api.context)
  const made = 'web-extended-resources-made'
  const [create, protect, allocate, status] = api.writes
  assert.equal(create, `create ${made}`)
  assert.equal(protect, `update object ${made} ["resource.kubernetes.io/delete-protection"]`)
  assert.match(`${allocate}`, /^update status .*"uid":"uid-of-web".*"device":"a"/)
  assert.match(`${status}`, new RegExp(`^patch web .*"resourceClaimName":"${made}"`))
  await reservation.release(api.context)
  assert.deepEqual(api.writes.slice(4), [`update object ${made} []`, `delete ${made}`])
  assert.equal(devices.isBeingAllocated(`uid-of-${made}`), false)
})

const waiting = { ...result, bindingConditions: ['ready'], bindingFailureConditions: ['broken'] }
const conditionOf = (type: string) => ({
  ...{ driver: 'gpu.example.com', pool: 'n1', device: 'a' },
  conditions: [
    {
      ...{ type, status: 'True', reason: 'Said', message: 'so' },
      lastTransitionTime: '2026-01-02T03:04:05Z',
    },
  ],
})
const unready = {
  allocation: {
    ...timed,
    devices: { results: [waiting] },
  },
  reservedFor: [user('uid-of-web')],
}

test('a pod is bound when its devices are ready, and not where they fail or take too long', async () => {
  const ready = reserved({
    deviceClaims: [withStatus({ ...unready, devices: [conditionOf('ready')] })],
  })
  const api = fakeApi([])
  await ready.reservation.preBind(api.context)
  assert.deepEqual(api.events, ['BindingConditionsPending'])

  const late = reserved({ deviceClaims: [withStatus(unready)] })
  const slow = fakeApi([])
  const outcome = late.reservation.preBind(slow.context).then(
    () => 'bound',
    (error: Error) => error.message,
  )
  const { devices } = late
  await slow.clock.advance(30_000)
  const now = withStatus({ ...unready, devices: [conditionOf('broken')] })
  devices.assume({ ...now, metadata: { ...now.metadata, resourceVersion: '9' } })
  await slow.clock.advance(10_000)
  assert.equal(await outcome, 'device binding failed: claim=x, reason=Said, message="so"')

  const never = reserved({ deviceClaims: [withStatus(unready)] })
  const idle = fakeApi([])
  const ended = never.reservation.preBind(idle.context).then(
    () => 'bound',
    (error: Error) => error.message,
  )
  await idle.clock.advance(700_000)
  assert.match(await ended, /^device binding timeout: /)
})

test('a claim whose devices have failed, or are overdue, is available nowhere', () => {
  const failed = withStatus({ ...unready, devices: [conditionOf('broken')] })
  const gone = all('! resourceclaim not available on the node')
  assert.deepEqual(judgements(dynamicResources, pod, { ...usual, deviceClaims: [failed] }), gone)
  const overdue = withStatus({
    ...unready,
    allocation: { ...unready.allocation, allocationTimestamp: '1969-12-31T23:00:00Z' },
  })
  assert.deepEqual(judgements(dynamicResources, pod, { ...usual, deviceClaims: [overdue] }), gone)
})
