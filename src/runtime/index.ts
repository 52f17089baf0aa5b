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
} from './container.ts'
export type {
  BridgeNetwork,
  ContainerdOptions,
  CriRuntimeOptions,
  Leftover,
  PrivateContainerd,
  RegistryAccess,
  RegistryMirror,
} from './cri/index.ts'
export type { RuntimeErrorCode } from './error.ts'
export { isRuntimeError, RuntimeError, rpcErrorText } from './error.ts'
export type { Image, ImageService, PullOptions, RegistryAuth, RuntimeFilesystem } from './image.ts'
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
} from './linux.ts'
export { loadRealRuntime } from './real-runtime.ts'
export type {
  Runtime,
  RuntimeCondition,
  RuntimeHandler,
  RuntimeStatus,
  RuntimeVersion,
} from './runtime.ts'
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
} from './sandbox.ts'
export type {
  ContainerStats,
  CpuStats,
  MemoryStats,
  NetworkInterfaceStats,
  SandboxStats,
  StatsFilter,
} from './stats.ts'
export type { AttachRequest, ExecRequest, StreamService } from './streams.ts'
