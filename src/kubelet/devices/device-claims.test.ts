import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, ResourceV1 } from '#api'
import type { DriverClaim, PrepareAnswer } from '#host'
import type { Stored } from '#machinery'
import { notFound } from '#machinery/status'
import { podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import { createDeviceClaims } from './device-claims.ts'

const { signal } = new AbortController()
const driver = 'gpu.example.com'

function claimOf(name: string, ...users: readonly string[]): Stored<ResourceV1.ResourceClaim> {
  return {
    ...{ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim' },
    metadata: {
      ...{ name, namespace: 'default', uid: `uid-of-${name}` },
      ...{ resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    },
    spec: {},
    status: {
      allocation: { devices: { results: [{ request: 'r', driver, pool: 'n', device: 'd' }] } },
      reservedFor: users.map((uid) => ({ resource: 'pods', name: 'a', uid })),
    },
  }
}

function usingPod(uid = 'u', claims: Pod['spec'] = { containers: [web] }): Stored<Pod> {
  const resourceClaims = [{ name: 'own', resourceClaimName: 'gpu' }]
  const container = { ...web, resources: { claims: [{ name: 'own' }] } }
  return podOf({ metadata: { uid }, spec: { resourceClaims, ...claims, containers: [container] } })
}

interface Given {
  readonly claims?: readonly Stored<ResourceV1.ResourceClaim>[]
  readonly isRegistered?: boolean
  readonly answer?: PrepareAnswer
  /** What the driver's answers wait for, in the order of the calls. */
  readonly waits?: readonly Promise<void>[]
}

/** A node whose driver writes down what it is asked; its files outlive the kubelet. */
function node({
  claims = [claimOf('gpu', 'u', 'v')],
  isRegistered = true,
  answer,
  waits = [],
}: Given = {}) {
  const calls: string[] = []
  let asked = 0
  const files = new Map<string, Uint8Array>()
  const devices = [
    { requestNames: ['r'], poolName: 'n', deviceName: 'd', cdiDeviceIds: [`${driver}/gpu=d`] },
  ]
  let isFailing = false
  const drivers = {
    find: (name: string) =>
      isRegistered && name === driver
        ? {
            async prepare(wanted: readonly DriverClaim[]) {
              calls.push(`prepare ${wanted.map(({ name }) => name)}`)
              await waits[asked++]
              return new Map(wanted.map(({ uid }) => [uid, answer ?? { devices }]))
            },
            async unprepare(asked: readonly DriverClaim[]) {
              calls.push(`unprepare ${asked.map(({ name }) => name)}`)
              return new Map(asked.map(({ uid }) => [uid, isFailing ? { error: 'busy' } : {}]))
            },
          }
        : undefined,
  }
  const { world, clock } = testWorld({
    host: {
      paths: { state: '/state' },
      files: {
        read: async (path) => files.get(path),
        write: async (path, bytes) => void files.set(path, bytes),
      },
      drivers,
    },
  })
  const client = {
    async get(resource: Parameters<typeof notFound>[0], { name }: { readonly name: string }) {
      const found = claims.find(({ metadata }) => metadata.name === name)
      if (!found) throw notFound(resource, name)
      return found
    },
  }
  return {
    ...{ calls, clock },
    failing: (next: boolean) => {
      isFailing = next
    },
    // Cast: no other call is made.
    start: () => createDeviceClaims({ ...world, client } as never, signal),
  }
}

test('claims are prepared once, for all the pods that use them, and their devices are named', async () => {
  const { calls, start } = node()
  const devices = await start()
  await devices.prepare(usingPod('u'), signal)
  await devices.prepare(usingPod('v'), signal)
  await devices.prepare(usingPod('u'), signal)
  assert.deepEqual(calls, ['prepare gpu'])
  const [container] = usingPod().spec?.containers ?? []
  assert.ok(container)
  assert.deepEqual(devices.devicesOf(usingPod(), container), [`${driver}/gpu=d`])
  assert.deepEqual(devices.devicesOf(usingPod(), web), [])
  const other = { ...web, resources: { claims: [{ name: 'own', request: 'other' }] } }
  assert.deepEqual(devices.devicesOf(usingPod(), other), [])
})

test('pods that come to a claim at once both keep it', async () => {
  const { promise: isLate, resolve: answerFirst } = Promise.withResolvers<void>()
  const { calls, start } = node({ waits: [isLate] })
  const devices = await start()
  const first = devices.prepare(usingPod('u'), signal)
  await devices.prepare(usingPod('v'), signal)
  answerFirst()
  await first
  await devices.unprepare(usingPod('u'), signal)
  assert.ok(!calls.includes('unprepare gpu'), 'the other pod uses it')
  await devices.unprepare(usingPod('v'), signal)
  assert.equal(calls.at(-1), 'unprepare gpu')
})

test('what is prepared is taken back with the last pod, after a restart as well', async () => {
  const { calls, start, failing } = node()
  const before = await start()
  await before.prepare(usingPod('u'), signal)
  await before.prepare(usingPod('v'), signal)
  const devices = await start()
  await devices.unprepare(usingPod('u'), signal)
  assert.deepEqual(calls, ['prepare gpu'])
  failing(true)
  await assert.rejects(devices.unprepare(usingPod('v'), signal), {
    message:
      'unprepare dynamic resources: NodeUnprepareResources failed for ResourceClaim gpu: busy',
  })
  failing(false)
  await devices.unprepare(usingPod('v'), signal)
  await devices.unprepare(usingPod('v'), signal)
  assert.deepEqual(calls, ['prepare gpu', 'unprepare gpu', 'unprepare gpu'])
})

test('what pods have left that are gone is taken back in time', async () => {
  const { calls, start, clock } = node()
  const devices = await start()
  await devices.prepare(usingPod('u'), signal)
  const stop = new AbortController()
  const running = devices.run(() => false, stop.signal).catch(() => undefined)
  await clock.advance(60_000)
  assert.deepEqual(calls, ['prepare gpu', 'unprepare gpu'])
  stop.abort()
  await running
})

const made = { name: 'own', resourceClaimTemplateName: 't' }
const refusals: Readonly<Record<string, [Given, Stored<Pod>, string]>> = {
  'a driver that is not there': [
    { isRegistered: false },
    usingPod(),
    'DRA driver gpu.example.com is not registered',
  ],
  'a claim that is not there': [
    { claims: [] },
    usingPod(),
    'fetch ResourceClaim gpu: resourceclaims.resource.k8s.io "gpu" not found',
  ],
  'a claim of other pods': [
    { claims: [claimOf('gpu', 'v')] },
    usingPod(),
    'pod a (u) is not allowed to use ResourceClaim gpu (uid-of-gpu)',
  ],
  'a claim that has not been made': [
    {},
    usingPod('u', { resourceClaims: [made], containers: [web] }),
    'pod "default/a": ResourceClaim not created yet',
  ],
  'a driver that fails': [
    { answer: { error: 'no power' } },
    usingPod(),
    'NodePrepareResources failed for ResourceClaim gpu: no power',
  ],
}

for (const [name, [given, pod, expected]] of Object.entries(refusals)) {
  test(`a pod waits, and upstream's words say why: ${name}`, async () => {
    const devices = await node(given).start()
    await assert.rejects(devices.prepare(pod, signal), {
      message: `prepare dynamic resources: ${expected}`,
    })
  })
}

test('a driver that has failed is asked again, and told of the end of the pod', async () => {
  const { calls, start } = node({ answer: { error: 'no power' } })
  const devices = await start()
  await assert.rejects(devices.prepare(usingPod(), signal))
  await assert.rejects(devices.prepare(usingPod(), signal))
  await devices.unprepare(usingPod(), signal)
  assert.deepEqual(calls, ['prepare gpu', 'prepare gpu', 'unprepare gpu'])
})
