export type {
  CgroupLimits,
  CgroupUsage,
  HostCgroups,
  PodCgroup,
  PodQos,
} from './cgroups.ts'
export { podCgroupPath, qosCgroupPath } from './cgroups.ts'
export { type ConformanceHost, hostConformance } from './conformance.ts'
export type { HostErrorCode } from './error.ts'
export { HostError } from './error.ts'
export type { HostAlias, PodHosts } from './etc-hosts.ts'
export { hostNetworkHostsFile, podHostsFile } from './etc-hosts.ts'
export type { FileStatus, HostFiles, ReadableFile } from './files.ts'
export type { Host, HostPaths, HostPods } from './host.ts'
export { judgeHostPath, madeForHostPath } from './host-path-check.ts'
export { type LinuxHostOptions, linuxHost } from './linux/linux-host.ts'
export type {
  FilesystemUsage,
  HostNode,
  InterfaceUsage,
  NodeFacts,
  NodeReadings,
  PressureStall,
  ResolverConfig,
  StallFigures,
} from './node.ts'
export type { ClusterResolver, ResolverOption } from './resolver.ts'
export {
  clusterFirst,
  parseResolvConf,
  resolvConf,
  resolverLimits,
  withinResolverLimits,
  withPodDns,
} from './resolver.ts'
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
} from './volumes.ts'
