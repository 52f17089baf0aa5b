import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Clock } from '#lib'
import type { ContainerConfig, ContainerState, ContainerStatus } from './container.ts'
import { RuntimeError, type RuntimeErrorCode } from './error.ts'
import type { Runtime } from './runtime.ts'
import type { SandboxConfig } from './sandbox.ts'

/** What a runtime may lack; each leaves some tests out. */
export type OptionalAbility =
  /** Commands' output: logs, and what exec prints. */
  | 'output'
  | 'stats'
  | 'streams'
  | 'terminal'
  /** Streams whose input can end without a terminal. */
  | 'stdinEnd'
  | 'events'
  | 'network'

/** One runtime under test, and the world around it. */
export interface RuntimeHarness extends AsyncDisposable {
  readonly runtime: Runtime
  readonly clock: Clock
  readonly lacks: ReadonlySet<OptionalAbility>
  /** Can be pulled; has `sh`, `sleep`, `true`, `false`, `echo`, `cat`, `httpd` (as busybox does). */
  readonly image: string
  /** Another image that can be pulled and that nothing else uses. */
  readonly spareImage: string
  /** Cannot be pulled, because its registry does not have it. */
  readonly missingImage: string
  /** Where the cgroups of pods go, as in `SandboxLinuxConfig`. */
  readonly cgroupRoot: string
  /** A directory of its own for the logs of a pod; made. */
  logDirectory(pod: string): Promise<string>
  readLog(path: string): Promise<string>
  renameLog(from: string, to: string): Promise<void>
  /** Lets time pass until the promise settles. A world on wall time returns it as it is. */
  run<T>(work: Promise<T>): Promise<T>
}

const graceMs = 1000
const ids = {
  unknown: '0000000000000000000000000000000000000000000000000000000000000000',
}

/**
 * What the kubelet relies on, as one suite for every Runtime. Call it at the top of a test file.
 * Commands are those that a simulated container understands as well.
 */
export function runtimeConformance(name: string, makeHarness: () => Promise<RuntimeHarness>): void {
  describe(`runtime conformance: ${name}`, { concurrency: false }, () => {
    const world: World = createWorld(makeHarness)
    before(async () => {
      await world.open()
    })
    after(async () => {
      await world.close()
    })
    nodeTests(world)
    sandboxTests(world)
    containerTests(world)
    stopTests(world)
    listingTests(world)
    execTests(world)
    logTests(world)
    imageTests(world)
    statsTests(world)
    eventTests(world)
    streamTests(world)
  })
}

interface World {
  readonly harness: RuntimeHarness
  readonly runtime: Runtime
  readonly signal: AbortSignal
  open(): Promise<void>
  close(): Promise<void>
  /** The runtime's answer, with time passing. */
  run<T>(work: Promise<T>): Promise<T>
  lacks(...abilities: readonly OptionalAbility[]): boolean
  pod(options?: Partial<SandboxConfig>): Promise<Pod>
  /** Polls, with time passing. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>
}

interface Pod {
  readonly id: string
  readonly config: SandboxConfig
  create(command: readonly string[], options?: Partial<ContainerConfig>): Promise<string>
  start(command: readonly string[], options?: Partial<ContainerConfig>): Promise<string>
  remove(): Promise<void>
}

function createWorld(makeHarness: () => Promise<RuntimeHarness>): World {
  let harness: RuntimeHarness
  let pods = 0
  const signal = new AbortController().signal
  const run = <T>(work: Promise<T>) => harness.run(work)
  const world: World = {
    get harness() {
      return harness
    },
    get runtime() {
      return harness.runtime
    },
    signal,
    run,
    open: async () => {
      harness = await makeHarness()
      await run(harness.runtime.images.pull(harness.image, {}, signal))
    },
    close: async () => {
      await harness[Symbol.asyncDispose]()
    },
    lacks: (...abilities) => abilities.some((ability) => harness.lacks.has(ability)),
    pod: async (options = {}) => {
      const config = { ...(await sandboxConfig(harness, `pod-${++pods}`)), ...options }
      const id = await run(harness.runtime.runSandbox(config, signal))
      return podOf(world, id, config)
    },
    until: async (what, holds) => {
      const deadlineMs = harness.clock.monotonicMs() + 15_000
      while (!(await run(holds()))) {
        if (harness.clock.monotonicMs() > deadlineMs) assert.fail(`not in time: ${what}`)
        await run(harness.clock.sleep(20))
      }
    },
  }
  return world
}

async function sandboxConfig(harness: RuntimeHarness, name: string): Promise<SandboxConfig> {
  return {
    metadata: { name, namespace: 'conformance', uid: `uid-${name}`, attempt: 0 },
    hostname: name,
    logDirectory: await harness.logDirectory(name),
    labels: { 'io.kubernetes.pod.name': name, suite: 'conformance' },
    annotations: { note: `of ${name}` },
    linux: {
      cgroupParent: `${harness.cgroupRoot}/${name}`,
      securityContext: {
        namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
        privileged: false,
        readonlyRootfs: false,
      },
    },
  }
}

function containerConfig(image: string, command: readonly string[]): ContainerConfig {
  return {
    metadata: { name: 'main', attempt: 0 },
    image: { ref: image, userSpecified: image },
    command,
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    labels: { 'io.kubernetes.container.name': 'main' },
    annotations: {},
    logPath: 'main_0.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: {
      resources: {},
      securityContext: {
        namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
        privileged: false,
        readonlyRootfs: false,
        noNewPrivileges: false,
      },
    },
  }
}

function podOf(world: World, id: string, config: SandboxConfig): Pod {
  const { harness, runtime, signal, run } = world
  const create: Pod['create'] = (command, options = {}) => {
    const container = { ...containerConfig(harness.image, command), ...options }
    return run(runtime.createContainer(id, container, config, signal))
  }
  return {
    id,
    config,
    create,
    start: async (command, options) => {
      const container = await create(command, options)
      await run(runtime.startContainer(container, signal))
      return container
    },
    remove: async () => {
      await run(runtime.stopSandbox(id, signal))
      await run(runtime.removeSandbox(id, signal))
    },
  }
}

const forever = ['sleep', 'infinity']
const onTerm = (then: string) => ['sh', '-c', `trap "${then}" TERM; while true; do sleep 0.1; done`]

async function exited(world: World, id: string): Promise<ContainerStatus> {
  await inState(world, id, 'exited')
  return world.run(world.runtime.containerStatus(id, world.signal))
}

function inState(world: World, id: string, state: ContainerState): Promise<void> {
  return world.until(
    `${id} ${state}`,
    async () => (await world.runtime.containerStatus(id, world.signal)).state === state,
  )
}

async function rejects(work: Promise<unknown>, code?: RuntimeErrorCode): Promise<RuntimeError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof RuntimeError, `expected a RuntimeError, got ${error}`)
    if (code) assert.equal(error.code, code, error.message)
    return error
  }
  assert.fail('expected a rejection')
}

function nodeTests(world: World): void {
  it('tells its name and version and that it is ready', async () => {
    const { runtime, signal, run } = world
    const version = await run(runtime.version(signal))
    assert.match(version.name, /./)
    assert.match(version.version, /\d/)
    assert.equal(version.apiVersion, 'v1')
    const { conditions } = await run(runtime.status(signal))
    for (const type of ['RuntimeReady', 'NetworkReady']) {
      assert.equal(conditions.find((condition) => condition.type === type)?.status, true, type)
    }
  })

  it("rejects with the signal's reason when it is aborted before", async () => {
    const reason = new Error('enough')
    const work = world.runtime.version(AbortSignal.abort(reason))
    await assert.rejects(world.run(work), (error) => error === reason)
  })
}

function sandboxTests(world: World): void {
  it('takes a sandbox from ready over notReady to not found', async () => {
    const { runtime, signal, run } = world
    const before = world.harness.clock.wallMs()
    const pod = await world.pod()
    const ready = await run(runtime.sandboxStatus(pod.id, signal))
    assert.equal(ready.state, 'ready')
    assert.deepEqual(ready.metadata, pod.config.metadata)
    assert.deepEqual(ready.labels, pod.config.labels)
    assert.deepEqual(ready.annotations, pod.config.annotations)
    assert.equal(ready.namespaces.network, 'pod')
    assert.equal(ready.ips.length >= 1, true)
    assert.match(ready.ips[0] ?? '', /^[0-9a-f.:]+$/)
    assert.ok(ready.createdAtMs >= before - 1, 'created after it was asked for')
    await run(runtime.stopSandbox(pod.id, signal))
    assert.equal((await run(runtime.sandboxStatus(pod.id, signal))).state, 'notReady')
    await run(runtime.removeSandbox(pod.id, signal))
    await rejects(run(runtime.sandboxStatus(pod.id, signal)), 'notFound')
  })

  it('stops and removes a sandbox twice, or one that never was', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    for (const id of [pod.id, pod.id, ids.unknown]) await run(runtime.stopSandbox(id, signal))
    for (const id of [pod.id, pod.id, ids.unknown]) await run(runtime.removeSandbox(id, signal))
  })

  it('refuses a second sandbox of the same attempt and takes the next attempt', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    await rejects(run(runtime.runSandbox(pod.config, signal)))
    await run(runtime.stopSandbox(pod.id, signal))
    const metadata = { ...pod.config.metadata, attempt: 1 }
    const next = await run(runtime.runSandbox({ ...pod.config, metadata }, signal))
    assert.equal((await run(runtime.sandboxStatus(next, signal))).metadata.attempt, 1)
    await run(runtime.stopSandbox(next, signal))
    await run(runtime.removeSandbox(next, signal))
    await pod.remove()
  })

  it('kills the containers of a sandbox that is stopped and drops those of one removed', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    await run(runtime.stopSandbox(pod.id, signal))
    const status = await exited(world, id)
    assert.equal(status.exitCode, 137)
    await run(runtime.removeSandbox(pod.id, signal))
    await rejects(run(runtime.containerStatus(id, signal)), 'notFound')
  })

  it('gives a pod on the network of the node no address of its own', async () => {
    const { runtime, signal, run } = world
    const base = await sandboxConfig(world.harness, 'host-network')
    const namespaces = { ...base.linux.securityContext.namespaces, network: 'node' as const }
    const securityContext = { ...base.linux.securityContext, namespaces }
    const linux = { ...base.linux, securityContext }
    const pod = await world.pod({ ...base, hostname: '', linux })
    const status = await run(runtime.sandboxStatus(pod.id, signal))
    assert.deepEqual(status.ips, [])
    assert.equal(status.namespaces.network, 'node')
    await pod.remove()
  })
}

const exits: readonly (readonly [string, readonly string[], number, string])[] = [
  ['true', ['true'], 0, 'Completed'],
  ['false', ['false'], 1, 'Error'],
  ['a shell that exits 3', ['sh', '-c', 'exit 3'], 3, 'Error'],
  ['a shell that exits 255', ['sh', '-c', 'exit 255'], 255, 'Error'],
  ['a short sleep', ['sleep', '0.2'], 0, 'Completed'],
]

function containerTests(world: World): void {
  it('takes a container from created over running to exited', async () => {
    const { runtime, signal, run, harness } = world
    const pod = await world.pod()
    const id = await pod.create(onTerm('exit 0'))
    const created = await run(runtime.containerStatus(id, signal))
    assert.equal(created.state, 'created')
    assert.equal(created.startedAtMs, undefined)
    assert.equal(created.finishedAtMs, undefined)
    assert.deepEqual(created.metadata, { name: 'main', attempt: 0 })
    assert.equal(created.logPath, `${pod.config.logDirectory}/main_0.log`)
    await run(runtime.startContainer(id, signal))
    const running = await run(runtime.containerStatus(id, signal))
    assert.equal(running.state, 'running')
    assert.ok((running.startedAtMs ?? 0) >= created.createdAtMs)
    assert.equal(running.finishedAtMs, undefined)
    await run(harness.clock.sleep(200))
    await run(runtime.stopContainer(id, 10_000, signal))
    const ended = await run(runtime.containerStatus(id, signal))
    assert.equal(ended.state, 'exited')
    assert.equal(ended.startedAtMs, running.startedAtMs)
    assert.ok((ended.finishedAtMs ?? 0) >= (ended.startedAtMs ?? Number.POSITIVE_INFINITY))
    await pod.remove()
  })

  for (const [what, command, exitCode, reason] of exits) {
    it(`shows how ${what} ended`, async () => {
      const pod = await world.pod()
      const status = await exited(world, await pod.start(command))
      assert.deepEqual([status.exitCode, status.reason], [exitCode, reason])
      await pod.remove()
    })
  }

  it('shows a command that cannot be started as StartError with code 128', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.create(['/no/such/command'])
    const error = await rejects(run(runtime.startContainer(id, signal)))
    assert.match(error.message, /no such file or directory/)
    const status = await exited(world, id)
    assert.deepEqual([status.exitCode, status.reason], [128, 'StartError'])
    assert.match(status.message, /no such file or directory/)
    await pod.remove()
  })

  it('keeps earlier attempts of a container beside the present one', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const attempts = []
    for (const attempt of [0, 1, 2]) {
      const metadata = { name: 'main', attempt }
      const options = { metadata, logPath: `main_${attempt}.log` }
      attempts.push(await pod.start(['true'], options))
    }
    for (const id of attempts) await exited(world, id)
    const listed = await run(runtime.listContainers({ sandboxId: pod.id }, signal))
    assert.deepEqual(listed.map(({ metadata }) => metadata.attempt).sort(), [0, 1, 2])
    await pod.remove()
  })

  it('refuses a second container of the same name and attempt', async () => {
    const pod = await world.pod()
    await pod.create(forever)
    await rejects(pod.create(forever))
    await pod.remove()
  })

  it('says notFound for containers, sandboxes and images that are not there', async () => {
    const { runtime, signal, run, harness } = world
    const pod = await world.pod()
    const { unknown } = ids
    const absent = { ref: harness.missingImage, userSpecified: harness.missingImage }
    await rejects(run(runtime.containerStatus(unknown, signal)), 'notFound')
    await rejects(run(runtime.sandboxStatus(unknown, signal)), 'notFound')
    await rejects(run(runtime.startContainer(unknown, signal)), 'notFound')
    await rejects(run(runtime.execSync(unknown, ['true'], 0, signal)), 'notFound')
    await rejects(pod.create(forever, { image: absent }), 'notFound')
    const config = containerConfig(harness.image, forever)
    await rejects(run(runtime.createContainer(unknown, config, pod.config, signal)), 'notFound')
    await pod.remove()
  })

  it('removes a running container by force, and one that is gone without complaint', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    await run(runtime.removeContainer(id, signal))
    await rejects(run(runtime.containerStatus(id, signal)), 'notFound')
    await run(runtime.removeContainer(id, signal))
    await run(runtime.removeContainer(ids.unknown, signal))
    await pod.remove()
  })

  it('takes new limits for a running container', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const resources = { cpuShares: 512, memoryLimitBytes: 64 * 1024 * 1024 }
    await run(runtime.updateContainerResources(id, resources, signal))
    assert.equal((await run(runtime.containerStatus(id, signal))).state, 'running')
    await pod.remove()
  })
}

interface StopCase {
  readonly what: string
  readonly command: readonly string[]
  readonly graceMs: number
  readonly exitCode: number
  readonly waits: boolean
}

const stops: readonly StopCase[] = [
  {
    what: 'lets a process that handles SIGTERM end by itself',
    command: onTerm('exit 0'),
    graceMs: 30_000,
    exitCode: 0,
    waits: false,
  },
  {
    what: 'keeps the exit code of a SIGTERM handler',
    command: onTerm('exit 7'),
    graceMs: 30_000,
    exitCode: 7,
    waits: false,
  },
  {
    what: 'kills a process that ignores SIGTERM after the grace',
    command: onTerm(''),
    graceMs,
    exitCode: 137,
    waits: true,
  },
  {
    what: 'kills a first process without a handler after the grace, as the kernel drops its SIGTERM',
    command: forever,
    graceMs,
    exitCode: 137,
    waits: true,
  },
  {
    what: 'kills at once without grace',
    command: onTerm('exit 0'),
    graceMs: 0,
    exitCode: 137,
    waits: false,
  },
]

function stopTests(world: World): void {
  for (const { what, command, exitCode, waits, ...given } of stops) {
    it(`${what}`, async () => {
      const { runtime, signal, run, harness } = world
      const pod = await world.pod()
      const id = await pod.start(command)
      await run(harness.clock.sleep(300)) // until the shell has set its trap
      const beginMs = harness.clock.monotonicMs()
      await run(runtime.stopContainer(id, given.graceMs, signal))
      const tookMs = harness.clock.monotonicMs() - beginMs
      const status = await run(runtime.containerStatus(id, signal))
      assert.deepEqual([status.state, status.exitCode], ['exited', exitCode])
      if (waits) assert.ok(tookMs >= given.graceMs - 10, `waited ${tookMs} ms`)
      else assert.ok(tookMs < 20_000, `took ${tookMs} ms`)
      await pod.remove()
    })
  }

  it('stops a container that has ended or never was, without complaint', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(['true'])
    await exited(world, id)
    await run(runtime.stopContainer(id, graceMs, signal))
    await run(runtime.stopContainer(ids.unknown, graceMs, signal))
    assert.equal((await run(runtime.containerStatus(id, signal))).exitCode, 0)
    await pod.remove()
  })
}

function listingTests(world: World): void {
  it('lists sandboxes by id, state and labels', async () => {
    const { runtime, signal, run } = world
    const labels = { suite: 'conformance', listing: 'yes' }
    const ready = await world.pod({ labels: { ...labels, which: 'ready' } })
    const stopped = await world.pod({ labels: { ...labels, which: 'stopped' } })
    await run(runtime.stopSandbox(stopped.id, signal))
    const listed = async (filter: Parameters<Runtime['listSandboxes']>[0]) =>
      (await run(runtime.listSandboxes(filter, signal))).map(({ id }) => id).sort()
    assert.deepEqual(await listed({ labels: { listing: 'yes' } }), [ready.id, stopped.id].sort())
    assert.deepEqual(await listed({ labels: { listing: 'yes' }, state: 'ready' }), [ready.id])
    assert.deepEqual(await listed({ labels: { listing: 'yes', which: 'stopped' } }), [stopped.id])
    assert.deepEqual(await listed({ id: ready.id }), [ready.id])
    assert.deepEqual(await listed({ id: ready.id, state: 'notReady' }), [])
    assert.deepEqual(await listed({ labels: { listing: 'no' } }), [])
    await ready.remove()
    await stopped.remove()
  })

  it('lists containers by id, sandbox, state and labels', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const other = await world.pod()
    const named = (name: string) => ({
      metadata: { name, attempt: 0 },
      labels: { name },
      logPath: `${name}.log`,
    })
    const created = await pod.create(forever, named('created'))
    const running = await pod.start(forever, named('running'))
    const ended = await pod.start(['true'], named('ended'))
    const elsewhere = await other.start(forever, named('elsewhere'))
    await exited(world, ended)
    const listed = async (filter: Parameters<Runtime['listContainers']>[0]) =>
      (await run(runtime.listContainers(filter, signal))).map(({ id }) => id).sort()
    const sandboxId = pod.id
    assert.deepEqual(await listed({ sandboxId }), [created, running, ended].sort())
    assert.deepEqual(await listed({ sandboxId, state: 'created' }), [created])
    assert.deepEqual(await listed({ sandboxId, state: 'running' }), [running])
    assert.deepEqual(await listed({ sandboxId, state: 'exited' }), [ended])
    assert.deepEqual(await listed({ id: elsewhere }), [elsewhere])
    assert.deepEqual(await listed({ id: elsewhere, sandboxId }), [])
    assert.deepEqual(await listed({ sandboxId, labels: { name: 'running' } }), [running])
    assert.deepEqual(await listed({ id: ids.unknown }), [])
    await pod.remove()
    await other.remove()
  })
}

function execTests(world: World): void {
  it('runs a command in a container and gives its exit code', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const codes = []
    for (const argv of [['true'], ['false'], ['sh', '-c', 'exit 42']]) {
      codes.push((await run(runtime.execSync(id, argv, 10_000, signal))).exitCode)
    }
    assert.deepEqual(codes, [0, 1, 42])
    await pod.remove()
  })

  it('keeps the two outputs of a command apart', async (t) => {
    if (world.lacks('output')) return t.skip('no output')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const argv = ['sh', '-c', 'echo out; echo err >&2']
    const { stdout, stderr } = await run(runtime.execSync(id, argv, 10_000, signal))
    assert.equal(Buffer.from(stdout).toString(), 'out\n')
    assert.equal(Buffer.from(stderr).toString(), 'err\n')
    await pod.remove()
  })

  it('ends a command after its time and says deadlineExceeded', async () => {
    const { runtime, signal, run, harness } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const beginMs = harness.clock.monotonicMs()
    await rejects(run(runtime.execSync(id, ['sleep', '60'], 1000, signal)), 'deadlineExceeded')
    const tookMs = harness.clock.monotonicMs() - beginMs
    assert.ok(tookMs >= 990 && tookMs < 30_000, `took ${tookMs} ms`)
    await pod.remove()
  })

  it('refuses a command in a container that does not run, and one that does not exist', async () => {
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    await rejects(run(runtime.execSync(id, ['/no/such/command'], 10_000, signal)))
    await run(runtime.stopContainer(id, 0, signal))
    await rejects(run(runtime.execSync(id, ['true'], 10_000, signal)))
    await pod.remove()
  })
}

const logLine =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d) (stdout|stderr) [FP]( .*)?$/

function logTests(world: World): void {
  it('writes logs in lines of time, stream, tag and text', async (t) => {
    if (world.lacks('output')) return t.skip('no output')
    const pod = await world.pod()
    const id = await pod.start(['sh', '-c', 'echo one; echo two >&2; echo -n three'])
    const { logPath } = await exited(world, id)
    await world.until('three lines', async () => (await linesOf(world, logPath)).length === 3)
    const lines = await linesOf(world, logPath)
    for (const line of lines) assert.match(line, logLine)
    const told = lines.map((line) => line.slice(line.indexOf(' ') + 1)).sort()
    assert.deepEqual(told, ['stderr F two', 'stdout F one', 'stdout P three'].sort())
    await pod.remove()
  })

  it('cuts long lines into parts', async (t) => {
    if (world.lacks('output')) return t.skip('no output')
    const pod = await world.pod()
    const print =
      'i=0; while [ $i -lt 400 ]; do echo -n 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789; i=$((i+1)); done; echo'
    const { logPath } = await exited(world, await pod.start(['sh', '-c', print]))
    const whole = () =>
      linesOf(world, logPath).then((lines) => lines.some((line) => line.includes(' stdout F')))
    await world.until('the last part', whole)
    const lines = await linesOf(world, logPath)
    const parts = lines.map((line) => line.split(' ').slice(2))
    assert.ok(parts.length > 1)
    assert.ok(parts.slice(0, -1).every(([tag]) => tag === 'P'))
    assert.equal(parts.map(([, text = '']) => text).join(''), '0123456789'.repeat(4000))
    await pod.remove()
  })

  it('goes on in a new log file when asked to reopen it', async (t) => {
    if (world.lacks('output')) return t.skip('no output')
    const { runtime, signal, run, harness } = world
    const pod = await world.pod()
    const id = await pod.start(['sh', '-c', 'while true; do echo tick; sleep 0.1; done'])
    const { logPath } = await run(runtime.containerStatus(id, signal))
    await world.until('a first line', async () => (await linesOf(world, logPath)).length > 0)
    await harness.renameLog(logPath, `${logPath}.1`)
    await run(runtime.reopenContainerLog(id, signal))
    await world.until('a line in the new file', async () => {
      return (await linesOf(world, logPath)).length > 0
    })
    await pod.remove()
  })
}

async function linesOf({ harness }: World, path: string): Promise<readonly string[]> {
  const text = await harness.readLog(path)
  return text.split('\n').filter((line) => line !== '')
}

function imageTests(world: World): void {
  it('pulls an image, shows it under its names, and removes it', async () => {
    const { runtime, signal, run, harness } = world
    const { images } = runtime
    const ref = await run(images.pull(harness.spareImage, {}, signal))
    const image = await run(images.status(harness.spareImage, signal))
    assert.ok(image)
    assert.ok(image.sizeBytes > 0)
    assert.equal(image.pinned, false)
    assert.ok(image.repoTags.some((tag) => tag.endsWith(harness.spareImage)))
    assert.ok(
      image.id === ref || image.repoDigests.includes(ref),
      'the reference names the content',
    )
    assert.equal((await run(images.status(image.id, signal)))?.id, image.id)
    assert.ok((await run(images.list({}, signal))).some(({ id }) => id === image.id))
    const found = await run(images.list({ ref: harness.spareImage }, signal))
    assert.deepEqual(
      found.map(({ id }) => id),
      [image.id],
    )
    await run(images.remove(image.id, signal))
    assert.equal(await run(images.status(harness.spareImage, signal)), undefined)
    await run(images.remove(image.id, signal))
  })

  it('says notFound for an image that its registry does not have', async () => {
    const { images } = world.runtime
    const { missingImage } = world.harness
    const error = await rejects(world.run(images.pull(missingImage, {}, world.signal)), 'notFound')
    assert.ok(error.message.includes(missingImage), error.message)
    assert.equal(await world.run(images.status(missingImage, world.signal)), undefined)
  })

  it('tells how much images take', async () => {
    const { images } = await world.run(world.runtime.images.fsInfo(world.signal))
    assert.ok(images.length > 0)
    assert.ok(images.every(({ mountpoint }) => mountpoint.startsWith('/')))
  })

  it('names the content of the image in the status of a container', async () => {
    const { runtime, signal, run, harness } = world
    const image = await run(runtime.images.status(harness.image, signal))
    const pod = await world.pod()
    const id = await pod.create(forever)
    const { imageRef } = await run(runtime.containerStatus(id, signal))
    assert.ok(image && [image.id, ...image.repoDigests].includes(imageRef), imageRef)
    await pod.remove()
  })
}

function statsTests(world: World): void {
  it('measures a running container', async (t) => {
    if (world.lacks('stats')) return t.skip('no stats')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const id = await pod.start(forever)
    const stats = await run(runtime.containerStats(id, signal))
    assert.equal(stats.id, id)
    assert.deepEqual(stats.metadata, { name: 'main', attempt: 0 })
    assert.ok((stats.memory?.workingSetBytes ?? 0) > 0)
    assert.ok((stats.cpu?.usageCoreNs ?? 0) > 0)
    const listed = await run(runtime.listContainerStats({ sandboxId: pod.id }, signal))
    assert.deepEqual(
      listed.map((each) => each.id),
      [id],
    )
    const sandbox = await run(runtime.sandboxStats(pod.id, signal))
    assert.equal(sandbox.metadata.uid, pod.config.metadata.uid)
    assert.deepEqual(
      sandbox.containers.map((each) => each.id),
      [id],
    )
    const sandboxes = await run(runtime.listSandboxStats({ id: pod.id }, signal))
    assert.deepEqual(
      sandboxes.map((each) => each.id),
      [pod.id],
    )
    await rejects(run(runtime.containerStats(ids.unknown, signal)))
    await pod.remove()
  })
}

function eventTests(world: World): void {
  it('tells of starts and ends', async (t) => {
    if (world.lacks('events')) return t.skip('no events')
    const { runtime, harness } = world
    const control = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of runtime.events(control.signal))
        seen.push(`${event.kind} ${event.id}`)
    })()
    await world.run(harness.clock.sleep(200))
    const pod = await world.pod()
    const id = await pod.start(['true'])
    await exited(world, id)
    await world.until('both events', async () =>
      [`started ${id}`, `stopped ${id}`].every((event) => seen.includes(event)),
    )
    control.abort()
    await world.run(reading)
    await pod.remove()
  })
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const allStreams = { tty: false, stdin: false, stdout: true, stderr: true }

function streamTests(world: World): void {
  it('streams both outputs of a command and its exit code', async (t) => {
    if (world.lacks('streams')) return t.skip('no streams')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const argv = ['sh', '-c', 'echo out; echo err >&2; exit 4']
    const session = await run(runtime.streams.exec({ containerId, argv, ...allStreams }, signal))
    const work = Promise.all([textOf(session.stdout), textOf(session.stderr), session.done])
    assert.deepEqual(await run(work), ['out\n', 'err\n', { exitCode: 4 }])
    await pod.remove()
  })

  it('tells a command that its input has ended', async (t) => {
    if (world.lacks('streams', 'stdinEnd')) return t.skip('no end of input')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const request = { containerId, argv: ['cat'], ...allStreams, stdin: true }
    const session = await run(runtime.streams.exec(request, signal))
    const large = Buffer.alloc(1_000_000, 'x')
    const writing = (async () => {
      await session.stdin?.write(large)
      session.stdin?.end()
    })()
    const work = Promise.all([textOf(session.stdout), session.done, writing])
    const [text, done] = await run(work)
    assert.equal(text.length, large.length)
    assert.deepEqual(done, { exitCode: 0 })
    await pod.remove()
  })

  it('says why a command could not be started', async (t) => {
    if (world.lacks('streams')) return t.skip('no streams')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const stdins = world.lacks('stdinEnd') ? [false] : [false, true]
    for (const stdin of stdins) {
      const request = { containerId, argv: ['/no/such/command'], ...allStreams, stdin }
      const session = await run(runtime.streams.exec(request, signal))
      const error = await rejects(run(session.done))
      assert.match(error.message, /no such file or directory/)
      assert.equal(await run(textOf(session.stderr)), '')
    }
    await pod.remove()
  })

  it('gives a command a terminal of the size that is asked for', async (t) => {
    if (world.lacks('streams', 'terminal')) return t.skip('no terminal')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const argv = [
      'sh',
      '-c',
      'read x; until [ "$(stty size)" = "37 91" ]; do sleep 0.1; done; stty size; exit 5',
    ]
    const streams = { tty: true, stdin: true, stdout: true, stderr: false }
    const session = await run(runtime.streams.exec({ containerId, argv, ...streams }, signal))
    session.resize(91, 37)
    await run(session.stdin?.write(Buffer.from('go\n')) ?? Promise.resolve())
    const [text, done] = await run(Promise.all([textOf(session.stdout), session.done]))
    assert.match(text, /37 91/)
    assert.deepEqual(done, { exitCode: 5 })
    await pod.remove()
  })

  it('ends a stream when its signal aborts', async (t) => {
    if (world.lacks('streams')) return t.skip('no streams')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const stdins = world.lacks('stdinEnd') ? [false] : [false, true]
    for (const stdin of stdins) {
      const control = new AbortController()
      const request = { containerId, argv: ['sleep', '60'], ...allStreams, stdin }
      const session = await run(runtime.streams.exec(request, control.signal))
      const reason = new Error('enough')
      control.abort(reason)
      await assert.rejects(run(session.done), (error) => error === reason)
    }
    await run(runtime.stopContainer(containerId, 0, signal))
    await pod.remove()
  })

  it("joins the main process's streams and ends with them", async (t) => {
    if (world.lacks('streams', 'stdinEnd')) return t.skip('no end of input')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(['sh', '-c', 'cat; echo over; exit 3'], {
      stdin: true,
      stdinOnce: true,
    })
    const request = { containerId, ...allStreams, stdin: true }
    const session = await run(runtime.streams.attach(request, signal))
    await run(session.stdin?.write(Buffer.from('hello\n')) ?? Promise.resolve())
    session.stdin?.end()
    const [text, done] = await run(Promise.all([textOf(session.stdout), session.done]))
    assert.equal(text, 'hello\nover\n')
    assert.deepEqual(done, { exitCode: 0 })
    assert.equal((await exited(world, containerId)).exitCode, 3)
    await pod.remove()
  })

  it('forwards a port, and breaks when nothing listens', async (t) => {
    if (world.lacks('streams', 'network')) return t.skip('no network')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const serve = 'mkdir -p /www; echo forwarded > /www/index.html; httpd -f -p 8080 -h /www'
    const id = await pod.start(['sh', '-c', serve])
    const isUp = async () => {
      const probe = ['sh', '-c', 'wget -q -O - http://127.0.0.1:8080/']
      return (await runtime.execSync(id, probe, 10_000, signal)).exitCode === 0
    }
    await world.until('the server', isUp)
    const stream = await run(runtime.streams.portForward(pod.id, 8080, signal))
    await run(stream.input.write(Buffer.from('GET / HTTP/1.0\r\n\r\n')))
    assert.match(await run(textOf(stream.output)), /200 OK[\s\S]*forwarded/)
    stream.close()
    const refused = await run(runtime.streams.portForward(pod.id, 8081, signal))
    const error = await rejects(run(textOf(refused.output)))
    assert.match(error.message, /connection refused/)
    refused.close()
    await pod.remove()
  })
}
