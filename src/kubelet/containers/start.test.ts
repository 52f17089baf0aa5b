import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RuntimeError } from '#runtime'
import type { ImagePuller } from '../images/image-puller.ts'
import { StartError } from '../model/errors.ts'
import { instanceOf, observedOf, podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import type { ObservedContainer } from '../model/observed.ts'
import { createCrashBackOff } from './crash-back-off.ts'
import { createStarter } from './start.ts'

const signal = new AbortController().signal

interface Given {
  readonly images?: ImagePuller['ensure']
  /** It mounts an image, which is had so. */
  readonly volume?: ImagePuller['ensureVolume']
  readonly env?: typeof web.env
  readonly create?: () => Promise<string>
  readonly start?: () => Promise<void>
  readonly postStart?: number
  readonly instances?: readonly ObservedContainer[]
  readonly crashes?: number
  /** Files in the container's log directory. */
  readonly logs?: readonly string[]
}

/** One try to start `web`: what it came to, the runtime's calls, and what was said. */
async function starting(given: Given = {}) {
  const calls: string[] = []
  const { world, events, clock } = testWorld({
    runtime: {
      images: { status: async () => undefined },
      createContainer: async (_, { metadata, mounts }) => {
        const images = mounts.flatMap(({ containerPath, image }) =>
          image ? [` ${containerPath}=${image.ref}:${image.subPath}`] : [],
        )
        calls.push(`create ${metadata.name}/${metadata.attempt}${images.join('')}`)
        return given.create ? given.create() : 'c1'
      },
      startContainer: async (id) => {
        calls.push(`start ${id}`)
        await given.start?.()
      },
      stopContainer: async (id) => void calls.push(`stop ${id}`),
      execSync: async () => ({
        exitCode: given.postStart ?? 0,
        stdout: Buffer.from('no'),
        stderr: Buffer.alloc(0),
      }),
    },
    host: {
      pods: { path: (uid) => `/pods/${uid}` },
      paths: { podLogs: '/logs' },
      files: {
        touch: async () => {},
        rewrite: async () => {},
        list: async (path) => (path === '/logs/default_a_u/web' ? given.logs : undefined),
      },
    },
  })
  Object.assign(world, { facts: { memoryBytes: 1e9 } })
  Object.assign(world.network, { dns: { domain: 'cluster.local' } })
  const hook = { postStart: { exec: { command: ['warm', 'up'] } } }
  const container = {
    ...web,
    ...(given.env ? { env: given.env } : {}),
    ...(given.postStart === undefined ? {} : { lifecycle: hook }),
    ...(given.volume && { volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'etc' }] }),
  }
  const volumes = [{ name: 'data', image: { reference: 'files:1' } }]
  const pod = podOf({ spec: { containers: [container], ...(given.volume && { volumes }) } })
  const crashes = createCrashBackOff()
  const ensure: ImagePuller['ensure'] = given.images ?? (async () => 'sha256:1')
  const ensureVolume: ImagePuller['ensureVolume'] = given.volume ?? (async () => '')
  const starter = createStarter(world, { ensure, ensureVolume, forget: () => {} }, crashes)
  const sources = {
    pod,
    podIps: [],
    hostIps: [],
    nodeName: 'node-1',
    allocatable: {},
    services: [],
    configMap: () => Promise.reject(new Error('unused')),
    secret: () => Promise.reject(new Error('unused')),
  }
  const request = {
    pod,
    container,
    sandboxId: 's0',
    sandboxConfig: {} as never,
    observed: observedOf(...(given.instances ?? [])),
    volumes: new Map(),
    recursiveReadOnlyMounts: true,
    cdiDevices: () => [],
    podIps: [],
    sources,
  }
  const tryOnce = async () => {
    const result = starter.start(request, signal).then(
      (putOff) => (putOff ? `${putOff.reason}: ${putOff.message}` : 'started'),
      (error) => {
        assert.ok(error instanceof StartError, String(error.stack))
        return `${error.reason}: ${error.message}`
      },
    )
    return result
  }
  return { outcome: await tryOnce(), tryOnce, calls, events, clock }
}

const about = 'spec.containers{web}:'

test('a container is created and then started, and both are told', async () => {
  const { outcome, calls, events } = await starting()
  assert.equal(outcome, 'started')
  assert.deepEqual(calls, ['create web/0', 'start c1'])
  assert.deepEqual(events, [
    `Normal Created ${about} Container created`,
    `Normal Started ${about} Container started`,
  ])
})

test('the restart count goes on from the newest instance', async () => {
  const instances = [instanceOf('web', 'exited', { restartCount: 4 })]
  assert.deepEqual((await starting({ instances })).calls[0], 'create web/5')
})

test('a container that the runtime has forgotten goes on from its logs', async () => {
  for (const [logs, attempt] of [
    [['0.log', '10.log', '10.log.20260101-000000.gz', '9.log', 'notes'], 11],
    [['3.log.20260101-000000'], 4],
    [['notes'], 0],
  ] as const) {
    assert.equal((await starting({ logs })).calls[0], `create web/${attempt}`)
  }
})

test('without its image nothing is created, and the reason is told by itself', async () => {
  const images = () => Promise.reject(new StartError('ErrImagePull', 'rpc error'))
  const { outcome, calls, events } = await starting({ images })
  assert.equal(outcome, 'ErrImagePull: rpc error')
  assert.deepEqual(calls, [])
  assert.deepEqual(events, [`Warning Failed ${about} Error: ErrImagePull`])
})

test('images that it mounts are had first, and mounted by the runtime', async () => {
  const volume: ImagePuller['ensureVolume'] = async (_, { reference }) => `id of ${reference}`
  const { calls } = await starting({ volume })
  assert.deepEqual(calls, ['create web/0 /data=id of files:1:etc', 'start c1'])
  const missing = () => Promise.reject(new StartError('ErrImagePull', 'not found'))
  const { outcome, calls: none } = await starting({ volume: missing })
  assert.deepEqual([outcome, none], ['ErrImagePull: not found', []])
})

test('what cannot be configured, created or run has a reason of its own', async () => {
  const broken = () => Promise.reject(new RuntimeError('unknown', 'no such file'))
  const missing = { fieldRef: { fieldPath: 'spec.nothing' } }
  for (const [given, outcome, message] of [
    [
      { env: [{ name: 'A', valueFrom: missing }] },
      'CreateContainerConfigError: unsupported fieldPath: spec.nothing',
      'unsupported fieldPath: spec.nothing',
    ],
    [{ create: broken }, 'CreateContainerError: no such file', 'no such file'],
    [{ start: broken }, 'RunContainerError: no such file', 'no such file'],
  ] as const) {
    const found = await starting(given)
    assert.equal(found.outcome, outcome)
    assert.equal(found.events.at(-1), `Warning Failed ${about} Error: ${message}`)
  }
})

test('a postStart hook that fails stops the container again', async () => {
  const { outcome, calls, events } = await starting({ postStart: 3 })
  assert.equal(
    outcome,
    `PostStartHookError: Exec lifecycle hook ([warm up]) for Container "web" in Pod "a_default(u)" failed - error: command 'warm up' exited with 3: no, message: "no"`,
  )
  assert.deepEqual(calls, ['create web/0', 'start c1', 'stop c1'])
  assert.deepEqual(events.slice(2), [
    `Warning FailedPostStartHook ${about} PostStartHook failed`,
    `Normal Killing ${about} FailedPostStartHook`,
  ])
})

test('a postStart hook that succeeds leaves the container running', async () => {
  const { outcome, calls } = await starting({ postStart: 0 })
  assert.equal(outcome, 'started')
  assert.deepEqual(calls, ['create web/0', 'start c1'])
})

test('a container that ended again and again waits before it is started', async () => {
  const ended = instanceOf('web', 'exited', { finishedAtMs: 1_767_225_600_000 })
  const { outcome, tryOnce, events, calls, clock } = await starting({ instances: [ended] })
  assert.equal(outcome, 'started')
  assert.equal(
    await tryOnce(),
    'CrashLoopBackOff: back-off 10s restarting failed container=web pod=a_default(u)',
  )
  assert.equal(
    events.at(-1),
    `Warning BackOff ${about} Back-off restarting failed container web in pod a_default(u)`,
  )
  assert.equal(calls.length, 2)
  await clock.advance(10_000)
  assert.equal(await tryOnce(), 'started')
})
