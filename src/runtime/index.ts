export type {
  BridgeNetwork,
  ContainerdOptions,
  CriRuntimeOptions,
  Leftover,
  PrivateContainerd,
  RegistryAccess,
  RegistryMirror,
} from './cri/index.ts'
export type {
  Container,
  ContainerConfig,
  ContainerEvent,
  ContainerFilter,
  ContainerImage,
  ContainerLinuxConfig,
  ContainerMetadata,
  ContainerState,
  ContainerStatus,
  ContainerUser,
  Device,
  EnvironmentVariable,
  ExecResult,
  Mount,
} from './model/container.ts'
export type { RuntimeErrorCode } from './model/error.ts'
export { isRuntimeError, RuntimeError, rpcErrorText } from './model/error.ts'
export type {
  Image,
  ImageService,
  PullOptions,
  RegistryAuth,
  RuntimeFilesystem,
} from './model/image.ts'
export type {
  ContainerSecurityContext,
  HugepageLimit,
  IdMapping,
  LinuxResources,
  NamespaceMode,
  NamespaceOptions,
  SecurityContext,
  SecurityProfile,
  SelinuxOptions,
  UserNamespace,
} from './model/linux.ts'
export type {
  Runtime,
  RuntimeCondition,
  RuntimeHandler,
  RuntimeStatus,
  RuntimeVersion,
} from './model/runtime.ts'
export type {
  DnsConfig,
  PortMapping,
  Sandbox,
  SandboxConfig,
  SandboxFilter,
  SandboxLinuxConfig,
  SandboxMetadata,
  SandboxState,
  SandboxStatus,
} from './model/sandbox.ts'
export type {
  ContainerStats,
  CpuStats,
  MemoryStats,
  NetworkInterfaceStats,
  SandboxStats,
  StatsFilter,
} from './model/stats.ts'
export type { AttachRequest, ExecRequest, StreamService } from './model/streams.ts'
export { loadRealRuntime } from './real-runtime.ts'
