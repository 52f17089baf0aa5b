import assert from 'node:assert/strict'
import type { ContainerConfig, ContainerState, ContainerStatus } from '../model/container.ts'
import { RuntimeError, type RuntimeErrorCode } from '../model/error.ts'
import type { Runtime } from '../model/runtime.ts'
import type { SandboxConfig } from '../model/sandbox.ts'
import type { OptionalAbility, RuntimeHarness } from './subject.ts'

export interface World {
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

export function createWorld(makeHarness: () => Promise<RuntimeHarness>): World {
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
      const config = { ...(await conformanceSandbox(harness, `pod-${++pods}`)), ...options }
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

export async function conformanceSandbox(
  harness: RuntimeHarness,
  name: string,
): Promise<SandboxConfig> {
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

export function conformanceContainer(image: string, command: readonly string[]): ContainerConfig {
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
    const container = { ...conformanceContainer(harness.image, command), ...options }
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

export const forever = ['sleep', 'infinity']
export const onTerm = (then: string) => [
  'sh',
  '-c',
  `trap "${then}" TERM; while true; do sleep 0.1; done`,
]

export async function exited(world: World, id: string): Promise<ContainerStatus> {
  await inState(world, id, 'exited')
  return world.run(world.runtime.containerStatus(id, world.signal))
}

function inState(world: World, id: string, state: ContainerState): Promise<void> {
  return world.until(
    `${id} ${state}`,
    async () => (await world.runtime.containerStatus(id, world.signal)).state === state,
  )
}

export async function rejects(
  work: Promise<unknown>,
  code?: RuntimeErrorCode,
): Promise<RuntimeError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof RuntimeError, `expected a RuntimeError, got ${error}`)
    if (code) assert.equal(error.code, code, error.message)
    return error
  }
  assert.fail('expected a rejection')
}

export const graceMs = 1000
export const ids = {
  unknown: '0000000000000000000000000000000000000000000000000000000000000000',
}
