import type { ContainerSecurityContext, IdMapping, LinuxResources } from './linux.ts'

/** Names a container within its sandbox; `attempt` counts its restarts there. */
export interface ContainerMetadata {
  readonly name: string
  readonly attempt: number
}

/** A mount makes a path of the node, or an image, visible inside a container. */
export interface Mount {
  readonly containerPath: string
  /** Followed if it is a link; must exist, unless `image` is given. */
  readonly hostPath: string
  readonly readonly: boolean
  /** Applies the read-only flag to the mounts below as well. */
  readonly recursiveReadOnly?: boolean
  readonly propagation: 'private' | 'hostToContainer' | 'bidirectional'
  readonly selinuxRelabel?: boolean
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
  /** An image volume: mounts this image's root filesystem, or `subPath` of it. */
  readonly image?: { readonly ref: string; readonly subPath: string }
}

/** A device of the node that a container may use. */
export interface Device {
  readonly containerPath: string
  readonly hostPath: string
  /** Some of `r`, `w` and `m`. */
  readonly permissions: string
}

/** One variable of the environment that a container is started with. */
export interface EnvironmentVariable {
  readonly name: string
  readonly value: string
}

/** Which image a container uses. */
export interface ContainerImage {
  /** What the runtime resolves: usually the reference that `images.pull` returned. */
  readonly ref: string
  /** The image as the pod names it; shown to users. */
  readonly userSpecified: string
}

/** A container configuration says all that the runtime must know to create a container. */
export interface ContainerConfig {
  readonly metadata: ContainerMetadata
  readonly image: ContainerImage
  /** Replaces the image's entrypoint; empty keeps it. */
  readonly command: readonly string[]
  /** Replaces the image's arguments; empty keeps them, unless `command` is given. */
  readonly args: readonly string[]
  /** Empty keeps the image's. */
  readonly workingDir: string
  readonly envs: readonly EnvironmentVariable[]
  readonly mounts: readonly Mount[]
  readonly devices?: readonly Device[]
  /** Fully qualified names of the Container Device Interface. */
  readonly cdiDevices?: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Relative to the sandbox's log directory. */
  readonly logPath: string
  readonly stdin: boolean
  /** Closes stdin when the first attached client leaves. */
  readonly stdinOnce: boolean
  readonly tty: boolean
  /** `SIGQUIT`, for one; absent keeps the image's. Older runtimes ignore it. */
  readonly stopSignal?: string
  readonly linux: ContainerLinuxConfig
}

/** The part of a container configuration that only Linux has: limits and privileges. */
export interface ContainerLinuxConfig {
  readonly resources: LinuxResources
  readonly securityContext: ContainerSecurityContext
}

/** The state of a container as the CRI names it; `unknown` is what the runtime cannot tell. */
export type ContainerState = 'created' | 'running' | 'exited' | 'unknown'

/** A container as lists show it. */
export interface Container {
  readonly id: string
  readonly sandboxId: string
  readonly metadata: ContainerMetadata
  readonly image: ContainerImage
  /** Identifies the image's content; equal to `Image.id` or one of its digests. */
  readonly imageRef: string
  readonly state: ContainerState
  readonly createdAtMs: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * A container status is all that the runtime knows of one container. Times are milliseconds since
 * the Unix epoch.
 */
export interface ContainerStatus extends Omit<Container, 'sandboxId'> {
  /** `Image.id` of the image, where the runtime tells it. */
  readonly imageId: string
  /** Absent until it was started. */
  readonly startedAtMs?: number
  /** Absent until it exited. */
  readonly finishedAtMs?: number
  /** 128 + n when ended by signal n; meaningful when `exited`. */
  readonly exitCode: number
  /** `Completed`, `Error`, `OOMKilled`, `StartError`, or empty. */
  readonly reason: string
  readonly message: string
  readonly mounts: readonly Mount[]
  /** Absolute path on the node. */
  readonly logPath: string
  /** What is in force, where the runtime tells it. */
  readonly resources?: LinuxResources
  readonly user?: ContainerUser
  /** The effective stop signal, where the runtime tells it. */
  readonly stopSignal?: string
}

/** The user that the main process of a container really runs as. */
export interface ContainerUser {
  readonly uid: number
  readonly gid: number
  readonly supplementalGroups: readonly number[]
}

/** All given fields must match. */
export interface ContainerFilter {
  readonly id?: string
  readonly state?: ContainerState
  readonly sandboxId?: string
  /** Labels that must have these values. */
  readonly labels?: Readonly<Record<string, string>>
}

/**
 * Something happened to a container, or to a sandbox itself: `id` may be either's. A hint to look,
 * not a record: runtimes may drop, repeat or reorder them.
 */
export interface ContainerEvent {
  readonly kind: 'created' | 'started' | 'stopped' | 'deleted'
  readonly id: string
  readonly atMs: number
  /** Which pod, where the runtime tells it. */
  readonly podUid?: string
}

/** The output and exit code of a command that was run to its end in a container. */
export interface ExecResult {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly exitCode: number
}
