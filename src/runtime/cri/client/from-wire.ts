import type {
  Container,
  ContainerEvent,
  ContainerImage,
  ContainerMetadata,
  ContainerState,
  ContainerStatus,
  Mount,
} from '../../model/container.ts'
import type { Image, RuntimeFilesystem } from '../../model/image.ts'
import type { LinuxResources, NamespaceMode, NamespaceOptions } from '../../model/linux.ts'
import type { RuntimeStatus } from '../../model/runtime.ts'
import type { Sandbox, SandboxMetadata, SandboxStatus } from '../../model/sandbox.ts'
import type * as wire from '../generated/messages.ts'

/** The CRI counts nanoseconds since 1970; 0 stands for never. */
export function milliseconds(nanoseconds: number): number {
  return Math.floor(nanoseconds / 1e6)
}

function moment<K extends string>(key: K, nanoseconds: number): { readonly [P in K]?: number } {
  return (nanoseconds > 0 ? { [key]: milliseconds(nanoseconds) } : {}) as {
    readonly [P in K]?: number
  }
}

export function statusFromWire(response: wire.StatusResponse): RuntimeStatus {
  return {
    conditions: response.status?.conditions ?? [],
    handlers: response.runtimeHandlers.map(({ name, features }) => ({
      name,
      recursiveReadOnlyMounts: features?.recursiveReadOnlyMounts ?? false,
      userNamespaces: features?.userNamespaces ?? false,
    })),
    supplementalGroupsPolicy: response.features?.supplementalGroupsPolicy ?? false,
  }
}

export function sandboxMetadataFromWire(metadata: wire.PodSandboxMetadata | null): SandboxMetadata {
  return metadata ?? { name: '', namespace: '', uid: '', attempt: 0 }
}

export function sandboxFromWire(sandbox: wire.PodSandbox | wire.PodSandboxStatus): Sandbox {
  return {
    id: sandbox.id,
    metadata: sandboxMetadataFromWire(sandbox.metadata),
    state: sandbox.state === 'SANDBOX_READY' ? 'ready' : 'notReady',
    createdAtMs: milliseconds(sandbox.createdAt),
    labels: sandbox.labels,
    annotations: sandbox.annotations,
    runtimeHandler: sandbox.runtimeHandler,
  }
}

export function sandboxStatusFromWire(status: wire.PodSandboxStatus): SandboxStatus {
  const { ip = '', additionalIps = [] } = status.network ?? {}
  return {
    ...sandboxFromWire(status),
    ips: [ip, ...additionalIps.map((more) => more.ip)].filter((address) => address !== ''),
    namespaces: namespacesFromWire(status.linux?.namespaces?.options ?? null),
  }
}

const modes: Readonly<Record<wire.NamespaceMode, NamespaceMode>> = {
  POD: 'pod',
  CONTAINER: 'container',
  NODE: 'node',
  TARGET: 'target',
}

function namespacesFromWire(options: wire.NamespaceOption | null): NamespaceOptions {
  if (!options) return { network: 'pod', pid: 'pod', ipc: 'pod' }
  const user = options.usernsOptions
  return {
    network: options.network === 'NODE' ? 'node' : 'pod',
    pid: modes[options.pid],
    ipc: options.ipc === 'NODE' ? 'node' : 'pod',
    ...(options.targetId ? { targetId: options.targetId } : {}),
    ...(user
      ? { user: { mode: user.mode === 'POD' ? 'pod' : 'node', uids: user.uids, gids: user.gids } }
      : {}),
  }
}

const containerStates: Readonly<Record<wire.ContainerState, ContainerState>> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
}

function containerMetadataFromWire(metadata: wire.ContainerMetadata | null): ContainerMetadata {
  return metadata ?? { name: '', attempt: 0 }
}

function imageNameFromWire(spec: wire.ImageSpec | null): ContainerImage {
  const ref = spec?.image ?? ''
  return { ref, userSpecified: spec?.userSpecifiedImage || ref }
}

export function containerFromWire(container: wire.Container): Container {
  return { sandboxId: container.podSandboxId, ...commonFromWire(container) }
}

function commonFromWire(container: wire.Container | wire.ContainerStatus) {
  return {
    id: container.id,
    metadata: containerMetadataFromWire(container.metadata),
    image: imageNameFromWire(container.image),
    imageRef: container.imageRef,
    state: containerStates[container.state],
    createdAtMs: milliseconds(container.createdAt),
    labels: container.labels,
    annotations: container.annotations,
  }
}

export function containerStatusFromWire(status: wire.ContainerStatus): ContainerStatus {
  const { resources, user, stopSignal } = status
  return {
    ...commonFromWire(status),
    imageId: status.imageId,
    ...moment('startedAtMs', status.startedAt),
    ...moment('finishedAtMs', status.finishedAt),
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    mounts: status.mounts.map(mountFromWire),
    logPath: status.logPath,
    ...(resources?.linux ? { resources: resourcesFromWire(resources.linux) } : {}),
    ...(user?.linux ? { user: user.linux } : {}),
    ...(stopSignal === 'RUNTIME_DEFAULT' ? {} : { stopSignal: signalFromWire(stopSignal) }),
  }
}

function signalFromWire(name: wire.Signal): string {
  return name.replace(/(?<=SIGRTM..)PLUS/, '+').replace(/(?<=SIGRTM..)MINUS/, '-')
}

const propagations = {
  PROPAGATION_PRIVATE: 'private',
  PROPAGATION_HOST_TO_CONTAINER: 'hostToContainer',
  PROPAGATION_BIDIRECTIONAL: 'bidirectional',
} as const

function mountFromWire(mount: wire.Mount): Mount {
  return {
    containerPath: mount.containerPath,
    hostPath: mount.hostPath,
    readonly: mount.readonly,
    recursiveReadOnly: mount.recursiveReadOnly,
    propagation: propagations[mount.propagation],
    selinuxRelabel: mount.selinuxRelabel,
    uidMappings: mount.uidMappings,
    gidMappings: mount.gidMappings,
    ...(mount.image ? { image: { ref: mount.image.image, subPath: mount.imageSubPath } } : {}),
  }
}

/** Zeros and empties mean unset on the wire. */
function resourcesFromWire(resources: wire.LinuxContainerResources): LinuxResources {
  const named: LinuxResources = {
    cpuPeriodUs: resources.cpuPeriod,
    cpuQuotaUs: resources.cpuQuota,
    cpuShares: resources.cpuShares,
    memoryLimitBytes: resources.memoryLimitInBytes,
    memorySwapLimitBytes: resources.memorySwapLimitInBytes,
    oomScoreAdj: resources.oomScoreAdj,
    cpusetCpus: resources.cpusetCpus,
    cpusetMems: resources.cpusetMems,
    hugepageLimits: resources.hugepageLimits.map(({ pageSize, limit }) => ({
      pageSize,
      limitBytes: limit,
    })),
    unified: resources.unified,
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => isSet(value)))
}

function isSet(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return value !== 0 && value !== ''
}

export function imageFromWire(image: wire.Image): Image {
  return {
    id: image.id,
    repoTags: image.repoTags,
    repoDigests: image.repoDigests,
    sizeBytes: image.size,
    ...(image.uid ? { uid: image.uid.value } : {}),
    username: image.username,
    pinned: image.pinned,
  }
}

export function filesystemFromWire(usage: wire.FilesystemUsage): RuntimeFilesystem {
  return {
    mountpoint: usage.fsId?.mountpoint ?? '',
    usedBytes: usage.usedBytes?.value ?? 0,
    inodesUsed: usage.inodesUsed?.value ?? 0,
    atMs: milliseconds(usage.timestamp),
  }
}

const eventKinds = {
  CONTAINER_CREATED_EVENT: 'created',
  CONTAINER_STARTED_EVENT: 'started',
  CONTAINER_STOPPED_EVENT: 'stopped',
  CONTAINER_DELETED_EVENT: 'deleted',
} as const

export function eventFromWire(event: wire.ContainerEventResponse): ContainerEvent {
  const podUid = event.podSandboxStatus?.metadata?.uid
  return {
    kind: eventKinds[event.containerEventType],
    id: event.containerId,
    atMs: milliseconds(event.createdAt),
    ...(podUid ? { podUid } : {}),
  }
}
