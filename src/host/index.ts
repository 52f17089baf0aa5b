export { type ConformanceHost, hostConformance } from './conformance.ts'
export { type LinuxHostOptions, linuxHost } from './linux/linux-host.ts'
export type {
  CgroupLimits,
  CgroupUsage,
  HostCgroups,
  PodCgroup,
  PodQos,
} from './model/cgroups.ts'
export { podCgroupPath, qosCgroupPath } from './model/cgroups.ts'
export type {
  DeviceDriver,
  DriverClaim,
  HostDrivers,
  PrepareAnswer,
  PreparedDevice,
} from './model/drivers.ts'
export type { HostErrorCode } from './model/error.ts'
export { HostError } from './model/error.ts'
export type { HostAlias, PodHosts } from './model/etc-hosts.ts'
export { hostNetworkHostsFile, podHostsFile } from './model/etc-hosts.ts'
export type { FileStatus, HostFiles, ReadableFile } from './model/files.ts'
export type { Host, HostPaths, HostPods } from './model/host.ts'
export { judgeHostPath, madeForHostPath } from './model/host-path-check.ts'
export type {
  FilesystemUsage,
  HostNode,
  InterfaceUsage,
  NodeFacts,
  NodeReadings,
  PressureStall,
  ResolverConfig,
  StallFigures,
} from './model/node.ts'
export type { ClusterResolver, ResolverOption } from './model/resolver.ts'
export {
  clusterFirst,
  parseResolvConf,
  withinResolverLimits,
  withPodDns,
} from './model/resolver.ts'
export type {
  HostPathCheck,
  HostPathType,
  HostVolumes,
  ProjectedVolume,
  ScratchMedium,
  ScratchVolume,
  SubPathRequest,
  VolumeFile,
  VolumeGroup,
  VolumeId,
} from './model/volumes.ts'
