import type {
  Container,
  ContainerConfig,
  ContainerEvent,
  ContainerFilter,
  ContainerStatus,
  ExecResult,
} from './container.ts'
import type { ImageService } from './image.ts'
import type { LinuxResources } from './linux.ts'
import type { Sandbox, SandboxConfig, SandboxFilter, SandboxStatus } from './sandbox.ts'
import type { ContainerStats, SandboxStats, StatsFilter } from './stats.ts'
import type { StreamService } from './streams.ts'

/** A runtime version says which runtime answers, and in which version of the CRI. */
export interface RuntimeVersion {
  /** `containerd`, for one. */
  readonly name: string
  readonly version: string
  /** The CRI's version: `v1`. */
  readonly apiVersion: string
}

/** A runtime condition says whether one thing that the runtime needs is in order. */
export interface RuntimeCondition {
  /** `RuntimeReady` and `NetworkReady` are always there. */
  readonly type: string
  readonly status: boolean
  readonly reason: string
  readonly message: string
}

/** A runtime handler is one way of running containers that a RuntimeClass may name, with its features. */
export interface RuntimeHandler {
  /** Empty for the default handler. */
  readonly name: string
  readonly recursiveReadOnlyMounts: boolean
  readonly userNamespaces: boolean
}

/** A runtime status says whether the runtime can run pods, and what it offers. */
export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[]
  /** Empty when the runtime does not tell. */
  readonly handlers: readonly RuntimeHandler[]
  readonly supplementalGroupsPolicy: boolean
}

/**
 * A container runtime in the CRI's verbs and states. Every operation rejects with `RuntimeError`, or
 * with the signal's reason when aborted; an aborted operation may still take effect. An operation
 * that has no upper bound of its own ends with `deadlineExceeded` after the implementation's limit.
 *
 * Stopping and removing what is absent or already stopped succeeds. Everything else about an
 * unknown id is `notFound`. Disposing lets go of the connection and leaves containers alone.
 */
export interface Runtime extends AsyncDisposable {
  readonly images: ImageService
  readonly streams: StreamService

  version(signal: AbortSignal): Promise<RuntimeVersion>
  status(signal: AbortSignal): Promise<RuntimeStatus>
  /** Tells the runtime the node's pod network; comma separated when dual-stack. */
  updatePodCidr(podCidr: string, signal: AbortSignal): Promise<void>

  /** Makes the pod's namespaces and network; returns the sandbox's id, `ready`. */
  runSandbox(config: SandboxConfig, signal: AbortSignal): Promise<string>
  /** Kills what runs in it and takes the network down; the sandbox stays, `notReady`. */
  stopSandbox(id: string, signal: AbortSignal): Promise<void>
  /** Removes it with its containers, by force if they run. */
  removeSandbox(id: string, signal: AbortSignal): Promise<void>
  sandboxStatus(id: string, signal: AbortSignal): Promise<SandboxStatus>
  listSandboxes(filter: SandboxFilter, signal: AbortSignal): Promise<readonly Sandbox[]>

  /**
   * Returns the new container's id, `created`. The image must be on the node. `sandboxConfig` is
   * what the sandbox was run with.
   */
  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandboxConfig: SandboxConfig,
    signal: AbortSignal,
  ): Promise<string>
  /** When the command cannot be started it rejects, and the container is `exited` (`StartError`, 128). */
  startContainer(id: string, signal: AbortSignal): Promise<void>
  /** Sends the stop signal, and after `graceMs` SIGKILL; resolves when the container is down. */
  stopContainer(id: string, graceMs: number, signal: AbortSignal): Promise<void>
  /** Removes it, by force if it runs; its log file stays. */
  removeContainer(id: string, signal: AbortSignal): Promise<void>
  containerStatus(id: string, signal: AbortSignal): Promise<ContainerStatus>
  listContainers(filter: ContainerFilter, signal: AbortSignal): Promise<readonly Container[]>
  updateContainerResources(
    id: string,
    resources: LinuxResources,
    signal: AbortSignal,
  ): Promise<void>
  /** After the log file was renamed: the runtime goes on in a new one. */
  reopenContainerLog(id: string, signal: AbortSignal): Promise<void>
  /**
   * Runs a command to its end and collects its output (the runtime may cut it at 16 MiB). After
   * `timeoutMs` the command is killed and the call rejects with `deadlineExceeded`; 0 waits for ever.
   */
  execSync(
    id: string,
    argv: readonly string[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ExecResult>

  containerStats(id: string, signal: AbortSignal): Promise<ContainerStats>
  listContainerStats(filter: StatsFilter, signal: AbortSignal): Promise<readonly ContainerStats[]>
  sandboxStats(id: string, signal: AbortSignal): Promise<SandboxStats>
  listSandboxStats(filter: StatsFilter, signal: AbortSignal): Promise<readonly SandboxStats[]>

  /**
   * Events from now on, until the signal aborts. Ends early when the connection breaks, at once when
   * the runtime has none; callers also list from time to time.
   */
  events(signal: AbortSignal): AsyncIterable<ContainerEvent>
}
