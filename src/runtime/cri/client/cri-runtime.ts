import type { Clock } from '#lib'
import type { ContainerFilter } from '../../model/container.ts'
import { RuntimeError } from '../../model/error.ts'
import type { Runtime } from '../../model/runtime.ts'
import type { SandboxFilter } from '../../model/sandbox.ts'
import { type CallLimits, type CriConnection, connectRuntime } from './connection.ts'
import { criEvents } from './events.ts'
import {
  containerFromWire,
  containerStatusFromWire,
  sandboxFromWire,
  sandboxStatusFromWire,
  statusFromWire,
} from './from-wire.ts'
import { createImageService } from './images.ts'
import { containerStatsFromWire, sandboxStatsFromWire } from './stats-from-wire.ts'
import { createStreamService, type NativeStreams } from './streams.ts'
import {
  containerConfigToWire,
  containerStateToWire,
  resourcesToWire,
  sandboxConfigToWire,
  sandboxStateToWire,
} from './to-wire.ts'

/** Options of a runtime that is reached over a socket of the CRI. */
export interface CriRuntimeOptions {
  /** Socket of the runtime: a path, or `unix://` with one. */
  readonly endpoint: string
  readonly clock: Clock
  /** Longest wait for an ordinary call (upstream's `--runtime-request-timeout`). Default two minutes. */
  readonly timeoutMs?: number
  /** Shown as pinned even if the runtime does not say so itself. */
  readonly sandboxImage?: string
  /** For endpoints on this machine whose containers can be entered without the CRI. */
  readonly nativeStreams?: NativeStreams
}

/** A Runtime over a CRI socket. Nothing is sent before the first call. */
export function createCriRuntime(options: CriRuntimeOptions): Runtime {
  const { timeoutMs = 120_000, sandboxImage, nativeStreams } = options
  const connection = connectRuntime(options.endpoint, options.clock)
  const limits = (signal: AbortSignal): CallLimits => ({ timeoutMs, signal })
  return {
    ...nodeVerbs(connection, limits),
    ...sandboxVerbs(connection, limits, timeoutMs),
    ...containerVerbs(connection, limits, timeoutMs),
    ...statsVerbs(connection, limits),
    images: createImageService(connection, limits, sandboxImage),
    streams: createStreamService(connection, limits, nativeStreams),
    events: (signal) => criEvents(connection, signal),
    [Symbol.asyncDispose]: async () => connection.close(),
  }
}

/** The limits of an ordinary call. */
type Limits = (signal: AbortSignal) => CallLimits

type NodeVerbs = Pick<Runtime, 'version' | 'status' | 'updatePodCidr'>

function nodeVerbs(connection: CriConnection, limits: Limits): NodeVerbs {
  return {
    version: async (signal) => {
      const version = await connection.call('Version', { version: 'v1' }, limits(signal))
      return {
        name: version.runtimeName,
        version: version.runtimeVersion,
        apiVersion: version.runtimeApiVersion,
      }
    },
    status: async (signal) => statusFromWire(await connection.call('Status', {}, limits(signal))),
    updatePodCidr: async (podCidr, signal) => {
      const request = { runtimeConfig: { networkConfig: { podCidr } } }
      await connection.call('UpdateRuntimeConfig', request, limits(signal))
    },
  }
}

type SandboxVerbs = Pick<
  Runtime,
  'runSandbox' | 'stopSandbox' | 'removeSandbox' | 'sandboxStatus' | 'listSandboxes'
>

function sandboxVerbs(connection: CriConnection, limits: Limits, timeoutMs: number): SandboxVerbs {
  return {
    runSandbox: async (config, signal) => {
      const request = {
        config: sandboxConfigToWire(config),
        runtimeHandler: config.runtimeHandler,
      }
      // Upstream allows twice the time, because the sandbox image may have to be pulled.
      const patient = { timeoutMs: timeoutMs * 2, signal }
      return (await connection.call('RunPodSandbox', request, patient)).podSandboxId
    },
    stopSandbox: async (id, signal) => {
      await absentIsFine(connection.call('StopPodSandbox', { podSandboxId: id }, limits(signal)))
    },
    removeSandbox: async (id, signal) => {
      await absentIsFine(connection.call('RemovePodSandbox', { podSandboxId: id }, limits(signal)))
    },
    sandboxStatus: async (id, signal) => {
      const request = { podSandboxId: id }
      const { status } = await connection.call('PodSandboxStatus', request, limits(signal))
      return sandboxStatusFromWire(present(status))
    },
    listSandboxes: async (filter, signal) => {
      const request = { filter: sandboxFilter(filter) }
      const { items } = await connection.call('ListPodSandbox', request, limits(signal))
      return items.map(sandboxFromWire)
    },
  }
}

function sandboxFilter({ id, state, labels }: SandboxFilter) {
  return {
    id,
    state: state && { state: sandboxStateToWire(state) },
    labelSelector: labels,
  }
}

type ContainerVerbs = Pick<
  Runtime,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'containerStatus'
  | 'listContainers'
  | 'updateContainerResources'
  | 'reopenContainerLog'
  | 'execSync'
>

function containerVerbs(
  connection: CriConnection,
  limits: Limits,
  timeoutMs: number,
): ContainerVerbs {
  return {
    createContainer: async (sandboxId, config, sandboxConfig, signal) => {
      const request = {
        podSandboxId: sandboxId,
        config: containerConfigToWire(config),
        sandboxConfig: sandboxConfigToWire(sandboxConfig),
      }
      return (await connection.call('CreateContainer', request, limits(signal))).containerId
    },
    startContainer: async (id, signal) => {
      await connection.call('StartContainer', { containerId: id }, limits(signal))
    },
    stopContainer: async (id, graceMs, signal) => {
      const request = { containerId: id, timeout: wholeSeconds(graceMs) }
      const patient = { timeoutMs: graceMs + timeoutMs, signal }
      await absentIsFine(connection.call('StopContainer', request, patient))
    },
    removeContainer: async (id, signal) => {
      await absentIsFine(connection.call('RemoveContainer', { containerId: id }, limits(signal)))
    },
    containerStatus: async (id, signal) => {
      const request = { containerId: id }
      const { status } = await connection.call('ContainerStatus', request, limits(signal))
      return containerStatusFromWire(present(status))
    },
    listContainers: async (filter, signal) => {
      const request = { filter: containerFilter(filter) }
      const { containers } = await connection.call('ListContainers', request, limits(signal))
      return containers.map(containerFromWire)
    },
    updateContainerResources: async (id, resources, signal) => {
      const request = { containerId: id, linux: resourcesToWire(resources) }
      await connection.call('UpdateContainerResources', request, limits(signal))
    },
    reopenContainerLog: async (id, signal) => {
      await connection.call('ReopenContainerLog', { containerId: id }, limits(signal))
    },
    execSync: async (id, argv, execTimeoutMs, signal) => {
      const request = { containerId: id, cmd: argv, timeout: wholeSeconds(execTimeoutMs) }
      const patient = { timeoutMs: execTimeoutMs > 0 ? execTimeoutMs + timeoutMs : 0, signal }
      return connection.call('ExecSync', request, patient)
    },
  }
}

function containerFilter({ id, state, sandboxId, labels }: ContainerFilter) {
  return {
    id,
    state: state && { state: containerStateToWire(state) },
    podSandboxId: sandboxId,
    labelSelector: labels,
  }
}

type StatsVerbs = Pick<
  Runtime,
  'containerStats' | 'listContainerStats' | 'sandboxStats' | 'listSandboxStats'
>

function statsVerbs(connection: CriConnection, limits: Limits): StatsVerbs {
  return {
    containerStats: async (id, signal) => {
      const { stats } = await connection.call('ContainerStats', { containerId: id }, limits(signal))
      return containerStatsFromWire(present(stats))
    },
    listContainerStats: async ({ id, sandboxId, labels }, signal) => {
      const request = { filter: { id, podSandboxId: sandboxId, labelSelector: labels } }
      const { stats } = await connection.call('ListContainerStats', request, limits(signal))
      return stats.map(containerStatsFromWire)
    },
    sandboxStats: async (id, signal) => {
      const { stats } = await connection.call(
        'PodSandboxStats',
        { podSandboxId: id },
        limits(signal),
      )
      return sandboxStatsFromWire(present(stats))
    },
    listSandboxStats: async ({ id, labels }, signal) => {
      const request = { filter: { id, labelSelector: labels } }
      const { stats } = await connection.call('ListPodSandboxStats', request, limits(signal))
      return stats.map(sandboxStatsFromWire)
    },
  }
}

/** The CRI counts grace and time-outs in seconds; a part of one is given in full. */
function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000)
}

/** Stopping and removing are idempotent in the CRI; runtimes that say NotFound are corrected. */
async function absentIsFine(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'notFound')) throw error
  }
}

function present<T>(message: T | null): T {
  if (message === null) throw new RuntimeError('internal', 'the runtime sent an empty answer')
  return message
}
