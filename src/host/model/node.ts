/** Facts of a node that do not change while it is up. */
export interface NodeFacts {
  readonly hostname: string
  /** `/etc/machine-id`. */
  readonly machineId: string
  readonly systemUuid: string
  /** Changes at every boot; the kubelet notices a reboot by it. */
  readonly bootId: string
  readonly kernelVersion: string
  /** `PRETTY_NAME` of os-release. */
  readonly osImage: string
  readonly operatingSystem: 'linux'
  /** As Go names it: `amd64`, `arm64`. */
  readonly architecture: string
  readonly cpus: number
  readonly memoryBytes: number
  readonly swapBytes: number
  /** Highest number of processes: the lower of `pid_max` and `threads-max`. */
  readonly maxPids: number
  /** Bytes of preallocated huge pages by page size in bytes. */
  readonly hugePages: Readonly<Record<string, number>>
  /** The node's own addresses, the default route's first; IPv4 and IPv6. */
  readonly addresses: readonly string[]
}

/** Capacity and use of one filesystem. */
export interface FilesystemUsage {
  readonly capacityBytes: number
  readonly availableBytes: number
  readonly usedBytes: number
  readonly inodes: number
  readonly inodesFree: number
}

/** Measured state of the node at one instant: what usage statistics and eviction look at. */
export interface NodeReadings {
  /** Cumulative CPU time of the whole node in nanoseconds. */
  readonly cpuNs: number
  /** Capacity minus working set, as upstream's `memory.available`. */
  readonly memoryAvailableBytes: number
  readonly memoryWorkingSetBytes: number
  readonly memoryUsageBytes: number
  readonly memoryRssBytes: number
  readonly swapUsedBytes: number
  readonly runningPids: number
  /** The filesystem of the kubelet's root. */
  readonly nodeFs: FilesystemUsage
  /** Received and sent bytes of the default interface, and of every other. */
  readonly interfaces: readonly InterfaceUsage[]
  /** Pressure stall information; absent where the kernel has none. */
  readonly pressure?: Readonly<Record<'cpu' | 'memory' | 'io', PressureStall>>
}

/** The counters of one network interface since boot. */
export interface InterfaceUsage {
  readonly name: string
  readonly receivedBytes: number
  readonly receiveErrors: number
  readonly sentBytes: number
  readonly sendErrors: number
}

/** Pressure stall information of one resource: how long some, or all, tasks waited for it. */
export interface PressureStall {
  readonly some: StallFigures
  /** The kernel reports no figures here for cpu on older versions; zeros then. */
  readonly full: StallFigures
}

/** Stall figures say how much time tasks lost to waiting. */
export interface StallFigures {
  /** Share of time stalled over the last 10, 60 and 300 seconds, in percent. */
  readonly avg10: number
  readonly avg60: number
  readonly avg300: number
  /** Cumulative stall time in nanoseconds. */
  readonly totalNs: number
}

/** Resolver settings, the node's own or a pod's. */
export interface ResolverConfig {
  readonly nameservers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

/** A host node tells about the machine itself: facts, measurements and files that are its own. */
export interface HostNode {
  facts(signal: AbortSignal): Promise<NodeFacts>
  readings(signal: AbortSignal): Promise<NodeReadings>
  /** The filesystem that holds `path`. */
  filesystem(path: string, signal: AbortSignal): Promise<FilesystemUsage>
  /** Bytes allocated and inodes used below a path, not crossing into other filesystems. */
  diskUsage(path: string, signal: AbortSignal): Promise<{ bytes: number; inodes: number }>
  /** Lines of the node's own `/etc/hosts`, for pods on the node's network. */
  hostsFile(signal: AbortSignal): Promise<string>
  /** The node's own resolver settings, for dnsPolicy Default and as the pods' upstream. */
  resolver(signal: AbortSignal): Promise<ResolverConfig>
}
