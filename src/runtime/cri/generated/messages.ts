// biome-ignore-all lint/style/noExcessiveLinesPerFile: generated
/** Made by scripts/generate-cri from the CRI's definition; do not edit. */
export type ContainerEventType =
  | 'CONTAINER_CREATED_EVENT'
  | 'CONTAINER_STARTED_EVENT'
  | 'CONTAINER_STOPPED_EVENT'
  | 'CONTAINER_DELETED_EVENT'

export type ContainerState =
  | 'CONTAINER_CREATED'
  | 'CONTAINER_RUNNING'
  | 'CONTAINER_EXITED'
  | 'CONTAINER_UNKNOWN'

export type MountPropagation =
  | 'PROPAGATION_PRIVATE'
  | 'PROPAGATION_HOST_TO_CONTAINER'
  | 'PROPAGATION_BIDIRECTIONAL'

export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET'

export type PodSandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY'

export type ProfileType = 'RuntimeDefault' | 'Unconfined' | 'Localhost'

export type Protocol = 'TCP' | 'UDP' | 'SCTP'

export type Signal =
  | 'RUNTIME_DEFAULT'
  | 'SIGABRT'
  | 'SIGALRM'
  | 'SIGBUS'
  | 'SIGCHLD'
  | 'SIGCLD'
  | 'SIGCONT'
  | 'SIGFPE'
  | 'SIGHUP'
  | 'SIGILL'
  | 'SIGINT'
  | 'SIGIO'
  | 'SIGIOT'
  | 'SIGKILL'
  | 'SIGPIPE'
  | 'SIGPOLL'
  | 'SIGPROF'
  | 'SIGPWR'
  | 'SIGQUIT'
  | 'SIGSEGV'
  | 'SIGSTKFLT'
  | 'SIGSTOP'
  | 'SIGSYS'
  | 'SIGTERM'
  | 'SIGTRAP'
  | 'SIGTSTP'
  | 'SIGTTIN'
  | 'SIGTTOU'
  | 'SIGURG'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGVTALRM'
  | 'SIGWINCH'
  | 'SIGXCPU'
  | 'SIGXFSZ'
  | 'SIGRTMIN'
  | 'SIGRTMINPLUS1'
  | 'SIGRTMINPLUS2'
  | 'SIGRTMINPLUS3'
  | 'SIGRTMINPLUS4'
  | 'SIGRTMINPLUS5'
  | 'SIGRTMINPLUS6'
  | 'SIGRTMINPLUS7'
  | 'SIGRTMINPLUS8'
  | 'SIGRTMINPLUS9'
  | 'SIGRTMINPLUS10'
  | 'SIGRTMINPLUS11'
  | 'SIGRTMINPLUS12'
  | 'SIGRTMINPLUS13'
  | 'SIGRTMINPLUS14'
  | 'SIGRTMINPLUS15'
  | 'SIGRTMAXMINUS14'
  | 'SIGRTMAXMINUS13'
  | 'SIGRTMAXMINUS12'
  | 'SIGRTMAXMINUS11'
  | 'SIGRTMAXMINUS10'
  | 'SIGRTMAXMINUS9'
  | 'SIGRTMAXMINUS8'
  | 'SIGRTMAXMINUS7'
  | 'SIGRTMAXMINUS6'
  | 'SIGRTMAXMINUS5'
  | 'SIGRTMAXMINUS4'
  | 'SIGRTMAXMINUS3'
  | 'SIGRTMAXMINUS2'
  | 'SIGRTMAXMINUS1'
  | 'SIGRTMAX'

export type SupplementalGroupsPolicy = 'Merge' | 'Strict'

export interface AttachRequest {
  readonly containerId: string
  readonly stdin: boolean
  readonly tty: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

export interface AttachResponse {
  readonly url: string
}

export interface AuthConfig {
  readonly username: string
  readonly password: string
  readonly auth: string
  readonly serverAddress: string
  readonly identityToken: string
  readonly registryToken: string
}

export interface CDIDevice {
  readonly name: string
}

export interface Capability {
  readonly addCapabilities: readonly string[]
  readonly dropCapabilities: readonly string[]
  readonly addAmbientCapabilities: readonly string[]
}

export interface Container {
  readonly id: string
  readonly podSandboxId: string
  readonly metadata: ContainerMetadata | null
  readonly image: ImageSpec | null
  readonly imageRef: string
  readonly state: ContainerState
  readonly createdAt: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly imageId: string
}

export interface ContainerAttributes {
  readonly id: string
  readonly metadata: ContainerMetadata | null
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata | null
  readonly image: ImageSpec | null
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly workingDir: string
  readonly envs: readonly KeyValue[]
  readonly mounts: readonly Mount[]
  readonly devices: readonly Device[]
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly logPath: string
  readonly stdin: boolean
  readonly stdinOnce: boolean
  readonly tty: boolean
  readonly linux: LinuxContainerConfig | null
  readonly CDIDevices: readonly CDIDevice[]
  readonly stopSignal: Signal
}

export interface ContainerEventResponse {
  readonly containerId: string
  readonly containerEventType: ContainerEventType
  readonly createdAt: number
  readonly podSandboxStatus: PodSandboxStatus | null
  readonly containersStatuses: readonly ContainerStatus[]
}

export interface ContainerFilter {
  readonly id: string
  readonly state: ContainerStateValue | null
  readonly podSandboxId: string
  readonly labelSelector: Readonly<Record<string, string>>
}

export interface ContainerMetadata {
  readonly name: string
  readonly attempt: number
}

export interface ContainerResources {
  readonly linux: LinuxContainerResources | null
}

export interface ContainerStateValue {
  readonly state: ContainerState
}

export interface ContainerStats {
  readonly attributes: ContainerAttributes | null
  readonly cpu: CpuUsage | null
  readonly memory: MemoryUsage | null
  readonly writableLayer: FilesystemUsage | null
  readonly swap: SwapUsage | null
  readonly io: IoUsage | null
}

export interface ContainerStatsFilter {
  readonly id: string
  readonly podSandboxId: string
  readonly labelSelector: Readonly<Record<string, string>>
}

export interface ContainerStatsRequest {
  readonly containerId: string
}

export interface ContainerStatsResponse {
  readonly stats: ContainerStats | null
}

export interface ContainerStatus {
  readonly id: string
  readonly metadata: ContainerMetadata | null
  readonly state: ContainerState
  readonly createdAt: number
  readonly startedAt: number
  readonly finishedAt: number
  readonly exitCode: number
  readonly image: ImageSpec | null
  readonly imageRef: string
  readonly reason: string
  readonly message: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  readonly logPath: string
  readonly resources: ContainerResources | null
  readonly imageId: string
  readonly user: ContainerUser | null
  readonly stopSignal: Signal
}

export interface ContainerStatusRequest {
  readonly containerId: string
  readonly verbose: boolean
}

export interface ContainerStatusResponse {
  readonly status: ContainerStatus | null
  readonly info: Readonly<Record<string, string>>
}

export interface ContainerUser {
  readonly linux: LinuxContainerUser | null
}

export interface CpuUsage {
  readonly timestamp: number
  readonly usageCoreNanoSeconds: UInt64Value | null
  readonly usageNanoCores: UInt64Value | null
  readonly psi: PsiStats | null
}

export interface CreateContainerRequest {
  readonly podSandboxId: string
  readonly config: ContainerConfig | null
  readonly sandboxConfig: PodSandboxConfig | null
}

export interface CreateContainerResponse {
  readonly containerId: string
}

export interface DNSConfig {
  readonly servers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

export interface Device {
  readonly containerPath: string
  readonly hostPath: string
  readonly permissions: string
}

export interface ExecRequest {
  readonly containerId: string
  readonly cmd: readonly string[]
  readonly tty: boolean
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

export interface ExecResponse {
  readonly url: string
}

export interface ExecSyncRequest {
  readonly containerId: string
  readonly cmd: readonly string[]
  readonly timeout: number
}

export interface ExecSyncResponse {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly exitCode: number
}

export interface FilesystemIdentifier {
  readonly mountpoint: string
}

export interface FilesystemUsage {
  readonly timestamp: number
  readonly fsId: FilesystemIdentifier | null
  readonly usedBytes: UInt64Value | null
  readonly inodesUsed: UInt64Value | null
}

export type GetEventsRequest = Readonly<Record<string, never>>

export interface HugepageLimit {
  readonly pageSize: string
  readonly limit: number
}

export interface IDMapping {
  readonly hostId: number
  readonly containerId: number
  readonly length: number
}

export interface Image {
  readonly id: string
  readonly repoTags: readonly string[]
  readonly repoDigests: readonly string[]
  readonly size: number
  readonly uid: Int64Value | null
  readonly username: string
  readonly spec: ImageSpec | null
  readonly pinned: boolean
}

export interface ImageFilter {
  readonly image: ImageSpec | null
}

export type ImageFsInfoRequest = Readonly<Record<string, never>>

export interface ImageFsInfoResponse {
  readonly imageFilesystems: readonly FilesystemUsage[]
  readonly containerFilesystems: readonly FilesystemUsage[]
}

export interface ImageSpec {
  readonly image: string
  readonly annotations: Readonly<Record<string, string>>
  readonly userSpecifiedImage: string
  readonly runtimeHandler: string
  readonly imageRef: string
}

export interface ImageStatusRequest {
  readonly image: ImageSpec | null
  readonly verbose: boolean
}

export interface ImageStatusResponse {
  readonly image: Image | null
  readonly info: Readonly<Record<string, string>>
}

export interface Int64Value {
  readonly value: number
}

export interface IoUsage {
  readonly timestamp: number
  readonly psi: PsiStats | null
}

export interface KeyValue {
  readonly key: string
  readonly value: Uint8Array
}

export interface LinuxContainerConfig {
  readonly resources: LinuxContainerResources | null
  readonly securityContext: LinuxContainerSecurityContext | null
}

export interface LinuxContainerResources {
  readonly cpuPeriod: number
  readonly cpuQuota: number
  readonly cpuShares: number
  readonly memoryLimitInBytes: number
  readonly oomScoreAdj: number
  readonly cpusetCpus: string
  readonly cpusetMems: string
  readonly hugepageLimits: readonly HugepageLimit[]
  readonly unified: Readonly<Record<string, string>>
  readonly memorySwapLimitInBytes: number
}

export interface LinuxContainerSecurityContext {
  readonly capabilities: Capability | null
  readonly privileged: boolean
  readonly namespaceOptions: NamespaceOption | null
  readonly selinuxOptions: SELinuxOption | null
  readonly runAsUser: Int64Value | null
  readonly runAsGroup: Int64Value | null
  readonly runAsUsername: string
  readonly readonlyRootfs: boolean
  readonly supplementalGroups: readonly number[]
  readonly supplementalGroupsPolicy: SupplementalGroupsPolicy
  readonly noNewPrivs: boolean
  readonly maskedPaths: readonly string[]
  readonly readonlyPaths: readonly string[]
  readonly seccomp: SecurityProfile | null
  readonly apparmor: SecurityProfile | null
  readonly apparmorProfile: string
  readonly seccompProfilePath: string
}

export interface LinuxContainerUser {
  readonly uid: number
  readonly gid: number
  readonly supplementalGroups: readonly number[]
}

export interface LinuxPodSandboxConfig {
  readonly cgroupParent: string
  readonly securityContext: LinuxSandboxSecurityContext | null
  readonly sysctls: Readonly<Record<string, string>>
  readonly overhead: LinuxContainerResources | null
  readonly resources: LinuxContainerResources | null
}

export interface LinuxPodSandboxStats {
  readonly cpu: CpuUsage | null
  readonly memory: MemoryUsage | null
  readonly network: NetworkUsage | null
  readonly process: ProcessUsage | null
  readonly containers: readonly ContainerStats[]
  readonly io: IoUsage | null
}

export interface LinuxPodSandboxStatus {
  readonly namespaces: Namespace | null
}

export interface LinuxSandboxSecurityContext {
  readonly namespaceOptions: NamespaceOption | null
  readonly selinuxOptions: SELinuxOption | null
  readonly runAsUser: Int64Value | null
  readonly runAsGroup: Int64Value | null
  readonly readonlyRootfs: boolean
  readonly supplementalGroups: readonly number[]
  readonly supplementalGroupsPolicy: SupplementalGroupsPolicy
  readonly privileged: boolean
  readonly seccomp: SecurityProfile | null
  readonly apparmor: SecurityProfile | null
  readonly seccompProfilePath: string
}

export interface ListContainerStatsRequest {
  readonly filter: ContainerStatsFilter | null
}

export interface ListContainerStatsResponse {
  readonly stats: readonly ContainerStats[]
}

export interface ListContainersRequest {
  readonly filter: ContainerFilter | null
}

export interface ListContainersResponse {
  readonly containers: readonly Container[]
}

export interface ListImagesRequest {
  readonly filter: ImageFilter | null
}

export interface ListImagesResponse {
  readonly images: readonly Image[]
}

export interface ListPodSandboxRequest {
  readonly filter: PodSandboxFilter | null
}

export interface ListPodSandboxResponse {
  readonly items: readonly PodSandbox[]
}

export interface ListPodSandboxStatsRequest {
  readonly filter: PodSandboxStatsFilter | null
}

export interface ListPodSandboxStatsResponse {
  readonly stats: readonly PodSandboxStats[]
}

export interface MemoryUsage {
  readonly timestamp: number
  readonly workingSetBytes: UInt64Value | null
  readonly availableBytes: UInt64Value | null
  readonly usageBytes: UInt64Value | null
  readonly rssBytes: UInt64Value | null
  readonly pageFaults: UInt64Value | null
  readonly majorPageFaults: UInt64Value | null
  readonly psi: PsiStats | null
}

export interface Mount {
  readonly containerPath: string
  readonly hostPath: string
  readonly readonly: boolean
  readonly selinuxRelabel: boolean
  readonly propagation: MountPropagation
  readonly uidMappings: readonly IDMapping[]
  readonly gidMappings: readonly IDMapping[]
  readonly recursiveReadOnly: boolean
  readonly image: ImageSpec | null
  readonly imageSubPath: string
}

export interface Namespace {
  readonly options: NamespaceOption | null
}

export interface NamespaceOption {
  readonly network: NamespaceMode
  readonly pid: NamespaceMode
  readonly ipc: NamespaceMode
  readonly targetId: string
  readonly usernsOptions: UserNamespace | null
}

export interface NetworkConfig {
  readonly podCidr: string
}

export interface NetworkInterfaceUsage {
  readonly name: string
  readonly rxBytes: UInt64Value | null
  readonly rxErrors: UInt64Value | null
  readonly txBytes: UInt64Value | null
  readonly txErrors: UInt64Value | null
}

export interface NetworkUsage {
  readonly timestamp: number
  readonly defaultInterface: NetworkInterfaceUsage | null
  readonly interfaces: readonly NetworkInterfaceUsage[]
}

export interface PodIP {
  readonly ip: string
}

export interface PodSandbox {
  readonly id: string
  readonly metadata: PodSandboxMetadata | null
  readonly state: PodSandboxState
  readonly createdAt: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly runtimeHandler: string
}

export interface PodSandboxAttributes {
  readonly id: string
  readonly metadata: PodSandboxMetadata | null
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata | null
  readonly hostname: string
  readonly logDirectory: string
  readonly dnsConfig: DNSConfig | null
  readonly portMappings: readonly PortMapping[]
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly linux: LinuxPodSandboxConfig | null
}

export interface PodSandboxFilter {
  readonly id: string
  readonly state: PodSandboxStateValue | null
  readonly labelSelector: Readonly<Record<string, string>>
}

export interface PodSandboxMetadata {
  readonly name: string
  readonly uid: string
  readonly namespace: string
  readonly attempt: number
}

export interface PodSandboxNetworkStatus {
  readonly ip: string
  readonly additionalIps: readonly PodIP[]
}

export interface PodSandboxStateValue {
  readonly state: PodSandboxState
}

export interface PodSandboxStats {
  readonly attributes: PodSandboxAttributes | null
  readonly linux: LinuxPodSandboxStats | null
}

export interface PodSandboxStatsFilter {
  readonly id: string
  readonly labelSelector: Readonly<Record<string, string>>
}

export interface PodSandboxStatsRequest {
  readonly podSandboxId: string
}

export interface PodSandboxStatsResponse {
  readonly stats: PodSandboxStats | null
}

export interface PodSandboxStatus {
  readonly id: string
  readonly metadata: PodSandboxMetadata | null
  readonly state: PodSandboxState
  readonly createdAt: number
  readonly network: PodSandboxNetworkStatus | null
  readonly linux: LinuxPodSandboxStatus | null
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly runtimeHandler: string
}

export interface PodSandboxStatusRequest {
  readonly podSandboxId: string
  readonly verbose: boolean
}

export interface PodSandboxStatusResponse {
  readonly status: PodSandboxStatus | null
  readonly info: Readonly<Record<string, string>>
  readonly containersStatuses: readonly ContainerStatus[]
  readonly timestamp: number
}

export interface PortForwardRequest {
  readonly podSandboxId: string
  readonly port: readonly number[]
}

export interface PortForwardResponse {
  readonly url: string
}

export interface PortMapping {
  readonly protocol: Protocol
  readonly containerPort: number
  readonly hostPort: number
  readonly hostIp: string
}

export interface ProcessUsage {
  readonly timestamp: number
  readonly processCount: UInt64Value | null
}

export interface PsiData {
  readonly Total: number
  readonly Avg10: number
  readonly Avg60: number
  readonly Avg300: number
}

export interface PsiStats {
  readonly Full: PsiData | null
  readonly Some: PsiData | null
}

export interface PullImageRequest {
  readonly image: ImageSpec | null
  readonly auth: AuthConfig | null
  readonly sandboxConfig: PodSandboxConfig | null
}

export interface PullImageResponse {
  readonly imageRef: string
}

export interface RemoveContainerRequest {
  readonly containerId: string
}

export type RemoveContainerResponse = Readonly<Record<string, never>>

export interface RemoveImageRequest {
  readonly image: ImageSpec | null
}

export type RemoveImageResponse = Readonly<Record<string, never>>

export interface RemovePodSandboxRequest {
  readonly podSandboxId: string
}

export type RemovePodSandboxResponse = Readonly<Record<string, never>>

export interface ReopenContainerLogRequest {
  readonly containerId: string
}

export type ReopenContainerLogResponse = Readonly<Record<string, never>>

export interface RunPodSandboxRequest {
  readonly config: PodSandboxConfig | null
  readonly runtimeHandler: string
}

export interface RunPodSandboxResponse {
  readonly podSandboxId: string
}

export interface RuntimeCondition {
  readonly type: string
  readonly status: boolean
  readonly reason: string
  readonly message: string
}

export interface RuntimeConfig {
  readonly networkConfig: NetworkConfig | null
}

export interface RuntimeFeatures {
  readonly supplementalGroupsPolicy: boolean
  readonly userNamespacesHostNetwork: boolean
}

export interface RuntimeHandler {
  readonly name: string
  readonly features: RuntimeHandlerFeatures | null
}

export interface RuntimeHandlerFeatures {
  readonly recursiveReadOnlyMounts: boolean
  readonly userNamespaces: boolean
}

export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[]
}

export interface SELinuxOption {
  readonly user: string
  readonly role: string
  readonly type: string
  readonly level: string
}

export interface SecurityProfile {
  readonly profileType: ProfileType
  readonly localhostRef: string
}

export interface StartContainerRequest {
  readonly containerId: string
}

export type StartContainerResponse = Readonly<Record<string, never>>

export interface StatusRequest {
  readonly verbose: boolean
}

export interface StatusResponse {
  readonly status: RuntimeStatus | null
  readonly info: Readonly<Record<string, string>>
  readonly runtimeHandlers: readonly RuntimeHandler[]
  readonly features: RuntimeFeatures | null
}

export interface StopContainerRequest {
  readonly containerId: string
  readonly timeout: number
}

export type StopContainerResponse = Readonly<Record<string, never>>

export interface StopPodSandboxRequest {
  readonly podSandboxId: string
}

export type StopPodSandboxResponse = Readonly<Record<string, never>>

export interface SwapUsage {
  readonly timestamp: number
  readonly swapAvailableBytes: UInt64Value | null
  readonly swapUsageBytes: UInt64Value | null
}

export interface UInt64Value {
  readonly value: number
}

export interface UpdateContainerResourcesRequest {
  readonly containerId: string
  readonly linux: LinuxContainerResources | null
  readonly annotations: Readonly<Record<string, string>>
}

export type UpdateContainerResourcesResponse = Readonly<Record<string, never>>

export interface UpdateRuntimeConfigRequest {
  readonly runtimeConfig: RuntimeConfig | null
}

export type UpdateRuntimeConfigResponse = Readonly<Record<string, never>>

export interface UserNamespace {
  readonly mode: NamespaceMode
  readonly uids: readonly IDMapping[]
  readonly gids: readonly IDMapping[]
}

export interface VersionRequest {
  readonly version: string
}

export interface VersionResponse {
  readonly version: string
  readonly runtimeName: string
  readonly runtimeVersion: string
  readonly runtimeApiVersion: string
}

/** Request and response of each method. */
export interface Methods {
  readonly Version: {
    readonly request: VersionRequest
    readonly response: VersionResponse
  }
  readonly RunPodSandbox: {
    readonly request: RunPodSandboxRequest
    readonly response: RunPodSandboxResponse
  }
  readonly StopPodSandbox: {
    readonly request: StopPodSandboxRequest
    readonly response: StopPodSandboxResponse
  }
  readonly RemovePodSandbox: {
    readonly request: RemovePodSandboxRequest
    readonly response: RemovePodSandboxResponse
  }
  readonly PodSandboxStatus: {
    readonly request: PodSandboxStatusRequest
    readonly response: PodSandboxStatusResponse
  }
  readonly ListPodSandbox: {
    readonly request: ListPodSandboxRequest
    readonly response: ListPodSandboxResponse
  }
  readonly CreateContainer: {
    readonly request: CreateContainerRequest
    readonly response: CreateContainerResponse
  }
  readonly StartContainer: {
    readonly request: StartContainerRequest
    readonly response: StartContainerResponse
  }
  readonly StopContainer: {
    readonly request: StopContainerRequest
    readonly response: StopContainerResponse
  }
  readonly RemoveContainer: {
    readonly request: RemoveContainerRequest
    readonly response: RemoveContainerResponse
  }
  readonly ListContainers: {
    readonly request: ListContainersRequest
    readonly response: ListContainersResponse
  }
  readonly ContainerStatus: {
    readonly request: ContainerStatusRequest
    readonly response: ContainerStatusResponse
  }
  readonly UpdateContainerResources: {
    readonly request: UpdateContainerResourcesRequest
    readonly response: UpdateContainerResourcesResponse
  }
  readonly ReopenContainerLog: {
    readonly request: ReopenContainerLogRequest
    readonly response: ReopenContainerLogResponse
  }
  readonly ExecSync: {
    readonly request: ExecSyncRequest
    readonly response: ExecSyncResponse
  }
  readonly Exec: {
    readonly request: ExecRequest
    readonly response: ExecResponse
  }
  readonly Attach: {
    readonly request: AttachRequest
    readonly response: AttachResponse
  }
  readonly PortForward: {
    readonly request: PortForwardRequest
    readonly response: PortForwardResponse
  }
  readonly ContainerStats: {
    readonly request: ContainerStatsRequest
    readonly response: ContainerStatsResponse
  }
  readonly ListContainerStats: {
    readonly request: ListContainerStatsRequest
    readonly response: ListContainerStatsResponse
  }
  readonly PodSandboxStats: {
    readonly request: PodSandboxStatsRequest
    readonly response: PodSandboxStatsResponse
  }
  readonly ListPodSandboxStats: {
    readonly request: ListPodSandboxStatsRequest
    readonly response: ListPodSandboxStatsResponse
  }
  readonly UpdateRuntimeConfig: {
    readonly request: UpdateRuntimeConfigRequest
    readonly response: UpdateRuntimeConfigResponse
  }
  readonly Status: {
    readonly request: StatusRequest
    readonly response: StatusResponse
  }
  readonly GetContainerEvents: {
    readonly request: GetEventsRequest
    readonly response: ContainerEventResponse
  }
  readonly ListImages: {
    readonly request: ListImagesRequest
    readonly response: ListImagesResponse
  }
  readonly ImageStatus: {
    readonly request: ImageStatusRequest
    readonly response: ImageStatusResponse
  }
  readonly PullImage: {
    readonly request: PullImageRequest
    readonly response: PullImageResponse
  }
  readonly RemoveImage: {
    readonly request: RemoveImageRequest
    readonly response: RemoveImageResponse
  }
  readonly ImageFsInfo: {
    readonly request: ImageFsInfoRequest
    readonly response: ImageFsInfoResponse
  }
}

/** Where each method is, and the names of its messages. */
export const methods: Readonly<
  Record<
    keyof Methods,
    { readonly path: string; readonly request: string; readonly response: string }
  >
> = {
  Version: {
    path: '/runtime.v1.RuntimeService/Version',
    request: 'VersionRequest',
    response: 'VersionResponse',
  },
  RunPodSandbox: {
    path: '/runtime.v1.RuntimeService/RunPodSandbox',
    request: 'RunPodSandboxRequest',
    response: 'RunPodSandboxResponse',
  },
  StopPodSandbox: {
    path: '/runtime.v1.RuntimeService/StopPodSandbox',
    request: 'StopPodSandboxRequest',
    response: 'StopPodSandboxResponse',
  },
  RemovePodSandbox: {
    path: '/runtime.v1.RuntimeService/RemovePodSandbox',
    request: 'RemovePodSandboxRequest',
    response: 'RemovePodSandboxResponse',
  },
  PodSandboxStatus: {
    path: '/runtime.v1.RuntimeService/PodSandboxStatus',
    request: 'PodSandboxStatusRequest',
    response: 'PodSandboxStatusResponse',
  },
  ListPodSandbox: {
    path: '/runtime.v1.RuntimeService/ListPodSandbox',
    request: 'ListPodSandboxRequest',
    response: 'ListPodSandboxResponse',
  },
  CreateContainer: {
    path: '/runtime.v1.RuntimeService/CreateContainer',
    request: 'CreateContainerRequest',
    response: 'CreateContainerResponse',
  },
  StartContainer: {
    path: '/runtime.v1.RuntimeService/StartContainer',
    request: 'StartContainerRequest',
    response: 'StartContainerResponse',
  },
  StopContainer: {
    path: '/runtime.v1.RuntimeService/StopContainer',
    request: 'StopContainerRequest',
    response: 'StopContainerResponse',
  },
  RemoveContainer: {
    path: '/runtime.v1.RuntimeService/RemoveContainer',
    request: 'RemoveContainerRequest',
    response: 'RemoveContainerResponse',
  },
  ListContainers: {
    path: '/runtime.v1.RuntimeService/ListContainers',
    request: 'ListContainersRequest',
    response: 'ListContainersResponse',
  },
  ContainerStatus: {
    path: '/runtime.v1.RuntimeService/ContainerStatus',
    request: 'ContainerStatusRequest',
    response: 'ContainerStatusResponse',
  },
  UpdateContainerResources: {
    path: '/runtime.v1.RuntimeService/UpdateContainerResources',
    request: 'UpdateContainerResourcesRequest',
    response: 'UpdateContainerResourcesResponse',
  },
  ReopenContainerLog: {
    path: '/runtime.v1.RuntimeService/ReopenContainerLog',
    request: 'ReopenContainerLogRequest',
    response: 'ReopenContainerLogResponse',
  },
  ExecSync: {
    path: '/runtime.v1.RuntimeService/ExecSync',
    request: 'ExecSyncRequest',
    response: 'ExecSyncResponse',
  },
  Exec: {
    path: '/runtime.v1.RuntimeService/Exec',
    request: 'ExecRequest',
    response: 'ExecResponse',
  },
  Attach: {
    path: '/runtime.v1.RuntimeService/Attach',
    request: 'AttachRequest',
    response: 'AttachResponse',
  },
  PortForward: {
    path: '/runtime.v1.RuntimeService/PortForward',
    request: 'PortForwardRequest',
    response: 'PortForwardResponse',
  },
  ContainerStats: {
    path: '/runtime.v1.RuntimeService/ContainerStats',
    request: 'ContainerStatsRequest',
    response: 'ContainerStatsResponse',
  },
  ListContainerStats: {
    path: '/runtime.v1.RuntimeService/ListContainerStats',
    request: 'ListContainerStatsRequest',
    response: 'ListContainerStatsResponse',
  },
  PodSandboxStats: {
    path: '/runtime.v1.RuntimeService/PodSandboxStats',
    request: 'PodSandboxStatsRequest',
    response: 'PodSandboxStatsResponse',
  },
  ListPodSandboxStats: {
    path: '/runtime.v1.RuntimeService/ListPodSandboxStats',
    request: 'ListPodSandboxStatsRequest',
    response: 'ListPodSandboxStatsResponse',
  },
  UpdateRuntimeConfig: {
    path: '/runtime.v1.RuntimeService/UpdateRuntimeConfig',
    request: 'UpdateRuntimeConfigRequest',
    response: 'UpdateRuntimeConfigResponse',
  },
  Status: {
    path: '/runtime.v1.RuntimeService/Status',
    request: 'StatusRequest',
    response: 'StatusResponse',
  },
  GetContainerEvents: {
    path: '/runtime.v1.RuntimeService/GetContainerEvents',
    request: 'GetEventsRequest',
    response: 'ContainerEventResponse',
  },
  ListImages: {
    path: '/runtime.v1.ImageService/ListImages',
    request: 'ListImagesRequest',
    response: 'ListImagesResponse',
  },
  ImageStatus: {
    path: '/runtime.v1.ImageService/ImageStatus',
    request: 'ImageStatusRequest',
    response: 'ImageStatusResponse',
  },
  PullImage: {
    path: '/runtime.v1.ImageService/PullImage',
    request: 'PullImageRequest',
    response: 'PullImageResponse',
  },
  RemoveImage: {
    path: '/runtime.v1.ImageService/RemoveImage',
    request: 'RemoveImageRequest',
    response: 'RemoveImageResponse',
  },
  ImageFsInfo: {
    path: '/runtime.v1.ImageService/ImageFsInfo',
    request: 'ImageFsInfoRequest',
    response: 'ImageFsInfoResponse',
  },
}
